import { readFile, rm, writeFile } from "node:fs/promises";

/** Which process uses a folder, in a file beside it, so that the folder itself may be made later. */
export type FolderClaim = { release(): Promise<void> };

/**
 * Marks `<folder>.owner` with this process. A mark of a process that no longer lives is taken over, also when its id has
 * been given to another process since.
 *
 * @throws what `refuse` makes of the id of the live process that holds the folder
 */
export async function claimFolder(folder: string, refuse: (owner: number) => Error): Promise<FolderClaim> {
  const file = `${folder}.owner`;
  const mine = JSON.stringify({ pid: process.pid, started: await readStartTime(process.pid) });
  for (;;) {
    try {
      await writeFile(file, mine, { flag: "wx" });
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = await readLiveOwner(folder);
    if (owner !== undefined) throw refuse(owner);
    await rm(file, { force: true });
  }
}

/** The process that holds a folder, undefined when none lives. */
export async function readLiveOwner(folder: string): Promise<number | undefined> {
  const text = await readFile(`${folder}.owner`, "utf8").catch(() => "");
  if (text === "") return undefined;
  const { pid, started } = JSON.parse(text) as { pid: number; started: string };
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  return (await readStartTime(pid)) === started ? pid : undefined;
}

/** When a process began, as the kernel counts; empty where /proc is missing (macOS), where the id alone must do. */
export async function readStartTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // Field 22; the name in field 2 may hold spaces and brackets.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimFolder, readLiveOwner, readStartTime } from "../../process-lock.ts";

const PREFIX = "kontor-server-";

/** A temporary folder of a server's own, marked as this process's. Removed when disposed. */
export type ServerPlace = AsyncDisposable & {
  readonly folder: string;
  /** Notes the process that runs here, so that a later run can end it should this one be killed. */
  note(pid: number): Promise<void>;
};

/** Makes a place; first ends what runs in places whose process was killed, and removes them. */
export async function openServerPlace(): Promise<ServerPlace> {
  await removeOrphans();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  const claim = await claimFolder(folder, () => new Error(`${folder} is new and in use`));
  return {
    folder,
    note: async (pid) =>
      writeFile(noteOf(folder), JSON.stringify({ pid, started: await readStartTime(pid) })),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      await rm(noteOf(folder), { force: true });
      await claim.release();
    },
  };
}

/** Ports of 127.0.0.1 that nobody uses now, all different. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

function noteOf(folder: string): string {
  return `${folder}.process`;
}

async function removeOrphans(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX) || !name.endsWith(".owner")) continue;
    const folder = join(tmpdir(), name.slice(0, -".owner".length));
    if ((await readLiveOwner(folder)) !== undefined) continue;
    await endNoted(noteOf(folder));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await Promise.all([rm(noteOf(folder), { force: true }), rm(`${folder}.owner`, { force: true })]);
  }
}

async function endNoted(note: string): Promise<void> {
  const text = await readFile(note, "utf8").catch(() => "");
  if (text === "") return;
  const { pid, started } = JSON.parse(text) as { pid: number; started: string };
  if (started === "" || (await readStartTime(pid)) !== started) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}

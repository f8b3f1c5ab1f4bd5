import { readdirSync, readFileSync } from "node:fs";

/**
 * Proportional set size of processes and all their descendants: memory they share is counted once among them.
 *
 * @returns bytes; undefined where the kernel does not tell (macOS)
 */
export function readPssBytes(roots: readonly number[]): number | undefined {
  if (process.platform !== "linux") return undefined;
  const parents = readParents();
  const isWithin = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 0; at = parents.get(at)) {
      if (roots.includes(at)) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(isWithin).reduce((sum, pid) => sum + readPssOf(pid), 0);
}

function readParents(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readText(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (stat !== "") parents.set(Number(name), parent);
  }
  return parents;
}

/** 0 for a process that has just ended. */
function readPssOf(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

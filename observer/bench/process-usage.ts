import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** What a process has used until now. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

const run = promisify(execFile);
const ticksPerSecond = 100;

/** All threads of a process together. On Linux to 10 ms of CPU, elsewhere as exactly as `ps` says. */
export async function readUsage(pid: number): Promise<ProcessUsage> {
  if (process.platform === "linux") return readProc(pid);
  const { stdout } = await run("ps", ["-o", "rss=,time=", "-p", String(pid)]);
  const [rss = "0", time = "0"] = stdout.trim().split(/\s+/);
  const cpuSeconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { cpuSeconds, rssBytes: Number(rss) * 1024 };
}

async function readProc(pid: number): Promise<ProcessUsage> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name of the process stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const rssKb = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rssBytes: Number(rssKb) * 1024,
  };
}

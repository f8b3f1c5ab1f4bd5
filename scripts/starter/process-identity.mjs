// Read by the starter under any Node >= 18, so plain JavaScript.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * What tells a process from a later one that was given the same pid: when it was started.
 *
 * @param {number} pid
 * @returns {string | undefined} opaque, equal for the same process only; undefined when there is no such process
 */
export function readProcessStart(pid) {
  if (process.platform !== "linux") {
    try {
      const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
      return started === "" ? undefined : started;
    } catch {
      return undefined;
    }
  }
  try {
    // Fields are counted after the command's closing parenthesis: the command itself may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, , , , , , , , , , , , , , , , , , , ticks] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ");
    if (state === "Z" || state === "X") return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${ticks}`;
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @returns {{ parent: number, name: string } | undefined} undefined when there is no such process
 */
export function readParent(pid) {
  try {
    if (process.platform === "linux") {
      const [, name = "", rest = ""] =
        /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return { parent: Number(rest.split(" ")[1]), name };
    }
    const line = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const [, parent, name = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    return { parent: Number(parent), name: basename(name) };
  } catch {
    return undefined;
  }
}

/**
 * @param {{ pid: number, startedAt: string }} identity as it was written down
 * @returns {boolean} whether that very process still runs; a foreign process with its pid does not count
 */
export function isRunning(identity) {
  return identity.startedAt !== "" && readProcessStart(identity.pid) === identity.startedAt;
}

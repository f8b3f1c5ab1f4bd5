import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { AppError } from "./errors.ts";
import type { Database } from "./postgres.ts";

export type HealthStatus = "pass" | "warn" | "fail";

export type HealthObservation = {
  observedValue: number;
  observedUnit: string;
  status: HealthStatus;
  /** Why it is not `pass`; for people, without secrets. */
  output?: string;
};

/** One entry of `/health`. A check that throws or outlives its deadline counts as `fail`. */
export type HealthCheck = {
  /** `component:measurement`, such as `postgres:responseTime`. */
  name: string;
  /** `system`, `datastore`, `component`. */
  componentType: string;
  observe(): Promise<HealthObservation>;
};

export type HealthEntry = HealthObservation & { componentType: string; time: string };

export type HealthReport = { status: HealthStatus; checks: Record<string, HealthEntry[]> };

/**
 * Runs checks side by side, each within a deadline, so that a hung dependency does not hang the answer.
 * A check that is still running when asked again is not started a second time: its slot answers `fail` until it ends.
 */
export function createHealthReporter(
  checks: readonly HealthCheck[],
  options: { checkDeadlineMs?: number } = {},
): () => Promise<HealthReport> {
  const deadlineMs = options.checkDeadlineMs ?? 2_000;
  const running = new Map<HealthCheck, Promise<HealthObservation>>();
  const observe = async (check: HealthCheck): Promise<[string, HealthEntry]> => {
    let observation = running.get(check);
    if (observation === undefined) {
      observation = runCheck(check).finally(() => running.delete(check));
      running.set(check, observation);
    }
    const result = await within(observation, deadlineMs);
    return [check.name, { componentType: check.componentType, ...result, time: new Date().toISOString() }];
  };
  return async () => {
    const grouped: Record<string, HealthEntry[]> = {};
    let status: HealthStatus = "pass";
    for (const [name, entry] of await Promise.all(checks.map(observe))) {
      const entries = grouped[name] ?? [];
      entries.push(entry);
      grouped[name] = entries;
      status = worse(status, entry.status);
    }
    return { status, checks: grouped };
  };
}

/** The worse of two: fail, then warn, then pass. */
function worse(a: HealthStatus, b: HealthStatus): HealthStatus {
  if (a === "fail" || b === "fail") return "fail";
  return a === "warn" || b === "warn" ? "warn" : "pass";
}

async function runCheck(check: HealthCheck): Promise<HealthObservation> {
  const startedAt = performance.now();
  try {
    return await check.observe();
  } catch (error) {
    // Only messages written for callers are shown; a driver's may hold addresses or names.
    const output = error instanceof AppError ? error.message : "not reachable";
    return { observedValue: performance.now() - startedAt, observedUnit: "ms", status: "fail", output };
  }
}

async function within(
  observation: Promise<HealthObservation>,
  deadlineMs: number,
): Promise<HealthObservation> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthObservation>((resolve) => {
    timer = setTimeout(() => {
      const output = `no answer within ${deadlineMs} ms`;
      resolve({ observedValue: deadlineMs, observedUnit: "ms", status: "fail", output });
    }, deadlineMs);
  });
  try {
    return await Promise.race([observation, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * CPU, memory and event loop of this process. They report and never judge: the limits stand in observer_config.json,
 * and a busy process is not a broken one.
 *
 * - `cpu:utilization` ratio: CPU time over time passed and over the cores this process is allowed, since the last look
 * - `memory:utilization` ratio: resident memory over what this process may use
 * - `eventloop:delay` ms: p99 of the delay since the last look
 */
export function createProcessChecks(): HealthCheck[] & Disposable {
  const minimumWindowMs = 1_000;
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let cpu = process.cpuUsage();
  let at = performance.now();
  let cpuRatio = 0;
  let delayMs = 0;
  const look = (): void => {
    const elapsedMs = performance.now() - at;
    if (elapsedMs < minimumWindowMs) return;
    const used = process.cpuUsage(cpu);
    cpuRatio = (used.user + used.system) / 1_000 / elapsedMs / allowedCores();
    delayMs = Math.max(0, delay.percentile(99) / 1e6 - 20);
    cpu = process.cpuUsage();
    at = performance.now();
    delay.reset();
  };
  const reports = (name: string, observedUnit: string, read: () => number): HealthCheck => ({
    name,
    componentType: "system",
    async observe() {
      look();
      return { observedValue: round(read()), observedUnit, status: "pass" };
    },
  });
  const checks = [
    reports("cpu:utilization", "ratio", () => cpuRatio),
    reports("memory:utilization", "ratio", () => process.memoryUsage.rss() / allowedMemoryBytes()),
    reports("eventloop:delay", "ms", () => delayMs),
  ];
  return Object.assign(checks, { [Symbol.dispose]: () => void delay.disable() });
}

/**
 * The database as a service sees it: `postgres:responseTime` ms of the smallest statement, waiting for a connection of
 * the pool included, and `postgres:connections` that are in use.
 */
export function postgresChecks(db: Database): HealthCheck[] {
  return [
    {
      name: "postgres:responseTime",
      componentType: "datastore",
      async observe() {
        const startedAt = performance.now();
        await db.query({ name: "health.ping", text: "select 1" });
        return { observedValue: round(performance.now() - startedAt), observedUnit: "ms", status: "pass" };
      },
    },
    {
      name: "postgres:connections",
      componentType: "datastore",
      async observe() {
        const { totalCount, idleCount, waitingCount, options } = db.pool;
        const used = totalCount - idleCount;
        // All are taken and somebody waits. Not a failure, since every wait ends at a deadline of its own.
        if (waitingCount > 0 && used >= options.max) {
          return {
            observedValue: used,
            observedUnit: "connections",
            status: "warn",
            output: `${waitingCount} waiting`,
          };
        }
        return { observedValue: used, observedUnit: "connections", status: "pass" };
      },
    },
  ];
}

/** Cores this process may use: the quota of its cgroup, else the processors it is scheduled on. */
export function allowedCores(read: (path: string) => string = readText): number {
  const cores = availableParallelism();
  try {
    const [quota, period] = read("/sys/fs/cgroup/cpu.max").trim().split(" ").map(Number);
    if (quota !== undefined && period !== undefined && quota > 0 && period > 0)
      return Math.min(cores, quota / period);
  } catch {
    // No cgroup v2 here (macOS, old kernels): all processors are allowed.
  }
  return cores;
}

function allowedMemoryBytes(): number {
  // Without a limit the kernel answers an astronomical number, and 0 where limits are unknown.
  const limitBytes = process.constrainedMemory();
  return limitBytes > 0 ? Math.min(limitBytes, totalmem()) : totalmem();
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

import { HEALTH_UP } from "@kontor/kit/metric-names";
import type { PointRecord } from "../store/point-record.ts";
import type { ResourceRecord } from "../store/span-record.ts";
import { toOwnPoint } from "./gauge-point.ts";

export interface HealthTarget {
  readonly service: string;
  readonly healthUrl: string;
}

export interface HealthPollerOptions {
  /** Asked at every round, so that a reload takes effect. */
  readonly targets: () => readonly HealthTarget[];
  readonly settings: () => {
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly startupSeconds: number;
  };
  /** Where the service's own telemetry says it runs, so that both speak of one subject; undefined while it has sent nothing. */
  readonly resourceOf: (service: string) => ResourceRecord | undefined;
  /** Where a service is taken to run that sends nothing at all. */
  readonly fallbackResourceOf: (service: string) => ResourceRecord;
  /** Takes the points of a round as ingest takes those of senders. */
  readonly accept: (points: readonly PointRecord[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly nowMs: () => number;
}

/**
 * Asks every service that names a `healthUrl`: 1 for an answer below 400 whose `status`, if it has one, is not `fail`; else 0. A target
 * that has not passed, or has not sent telemetry, since the start is given `startupSeconds` before its polls count.
 */
export function startHealthPoller(options: HealthPollerOptions): AsyncDisposable {
  const stop = new AbortController();
  const startedAtMs = options.nowMs();
  const passed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const poll = async (target: HealthTarget): Promise<PointRecord[]> => {
    const { timeoutSeconds, startupSeconds } = options.settings();
    const isUp = await isHealthy(target.healthUrl, timeoutSeconds * 1000, stop.signal);
    if (stop.signal.aborted) return [];
    const atMs = options.nowMs();
    if (isUp) passed.add(target.service);
    const isStarting = atMs - startedAtMs < startupSeconds * 1000;
    const resource = options.resourceOf(target.service);
    if (isStarting && (resource === undefined || !passed.has(target.service))) return [];
    const measurement = { name: HEALTH_UP, unit: "1", value: isUp ? 1 : 0 };
    return [toOwnPoint(measurement, resource ?? options.fallbackResourceOf(target.service), atMs)];
  };
  const pollAll = async (): Promise<void> => {
    const points = (await Promise.all(options.targets().map(poll))).flat();
    if (points.length > 0 && !stop.signal.aborted) await options.accept(points);
  };
  const next = (): void => {
    round = pollAll().catch(options.onError);
    void round.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(next, options.settings().intervalSeconds * 1000);
    });
  };
  next();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearTimeout(timer);
      await round;
    },
  };
}

const bodyLengthMax = 65_536;

async function isHealthy(url: string, timeoutMs: number, stop: AbortSignal): Promise<boolean> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url, {
      signal,
      headers: { accept: "application/health+json, application/json" },
    });
    const text = await response.text();
    return response.status < 400 && !(text.length <= bodyLengthMax && saysFail(text));
  } catch {
    // Away, late or broken: all the same to who needs the service.
    return false;
  }
}

function saysFail(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text);
    return (
      typeof body === "object" &&
      body !== null &&
      "status" in body &&
      ["fail", "error", "down"].includes(String(body.status).toLowerCase())
    );
  } catch {
    return false;
  }
}

import { monitorEventLoopDelay } from "node:perf_hooks";
import { allowedCores } from "@kontor/kit/health";
import { PROCESS_CPU_ALLOWED } from "@kontor/kit/metric-names";
import { type OwnMeasurement, toOwnPoint } from "../ingest/gauge-point.ts";
import type { PointRecord } from "../store/point-record.ts";
import type { ResourceRecord } from "../store/span-record.ts";

export interface SelfMetrics extends Disposable {
  /** The observer's own use of resources, as points of a sender named `observer`. */
  measure(atMs: number): PointRecord[];
}

/** The observer is never traced, and does not send to itself over the network: it enters its own numbers where senders' are accepted. */
export function createSelfMetrics(resource: ResourceRecord, startedAtMs: number): SelfMetrics {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const cores = allowedCores();
  return {
    measure(atMs) {
      const { user, system } = process.cpuUsage();
      const delayP99Seconds = Math.max(0, delay.percentile(99) / 1e9 - 0.01);
      delay.reset();
      const measurements: OwnMeasurement[] = [
        { name: "process.cpu.time", unit: "s", value: (user + system) / 1e6, startMs: startedAtMs },
        { name: PROCESS_CPU_ALLOWED, unit: "{cpu}", value: cores },
        { name: "process.memory.usage", unit: "By", value: process.memoryUsage.rss() },
        { name: "nodejs.eventloop.delay.p99", unit: "s", value: delayP99Seconds },
      ];
      return measurements.map((measurement) => toOwnPoint(measurement, resource, atMs));
    },
    [Symbol.dispose]() {
      delay.disable();
    },
  };
}

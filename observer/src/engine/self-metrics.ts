import { monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { allowedCores } from "@kontor/kit/health";
import { PROCESS_CPU_ALLOWED } from "@kontor/kit/metric-names";
import { type OwnMeasurement, toOwnPoint } from "../ingest/gauge-point.ts";
import type { PointRecord } from "../store/point-record.ts";
import type { ResourceRecord } from "../store/span-record.ts";

/** The connections of a pool, as node-postgres counts them. */
export interface PoolUse {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}

export interface SelfMetrics extends Disposable {
  /** The observer's own use of resources, as points of a sender named `observer`. */
  measure(atMs: number): PointRecord[];
}

/**
 * The observer is never traced, and does not send to itself over the network: it enters its own numbers where senders' are accepted, under
 * the names that the instrumentation of Node and PostgreSQL has for them.
 */
export function createSelfMetrics(resource: ResourceRecord, startedAtMs: number, pool: PoolUse): SelfMetrics {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const collections = countCollections();
  const cores = allowedCores();
  let loop = performance.eventLoopUtilization();
  return {
    measure(atMs) {
      const { user, system } = process.cpuUsage();
      const delayP99Seconds = Math.max(0, delay.percentile(99) / 1e9 - 0.01);
      delay.reset();
      const loopNow = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(loopNow, loop);
      loop = loopNow;
      const measurements: OwnMeasurement[] = [
        { name: "process.cpu.time", unit: "s", value: (user + system) / 1e6, startMs: startedAtMs },
        { name: PROCESS_CPU_ALLOWED, unit: "{cpu}", value: cores },
        { name: "process.memory.usage", unit: "By", value: process.memoryUsage.rss() },
        { name: "v8js.memory.heap.used", unit: "By", value: getHeapStatistics().used_heap_size },
        { name: "nodejs.eventloop.delay.p99", unit: "s", value: delayP99Seconds },
        { name: "nodejs.eventloop.utilization", unit: "1", value: utilization },
        ...measurePool(pool),
      ];
      const points = measurements.map((measurement) => toOwnPoint(measurement, resource, atMs));
      return [...points, toCollectionsPoint(collections, resource, startedAtMs, atMs)];
    },
    [Symbol.dispose]() {
      delay.disable();
      collections[Symbol.dispose]();
    },
  };
}

function measurePool({ totalCount, idleCount, waitingCount, options }: PoolUse): OwnMeasurement[] {
  const attributes = { "db.client.connection.pool.name": "observer" };
  const used = { ...attributes, "db.client.connection.state": "used" };
  return [
    {
      ...{ name: "db.client.connection.count", unit: "{connection}", value: totalCount - idleCount },
      attributes: used,
    },
    { name: "db.client.connection.max", unit: "{connection}", value: options.max, attributes },
    {
      ...{ name: "db.client.connection.pending_requests", unit: "{request}", value: waitingCount },
      attributes,
    },
  ];
}

interface Collections extends Disposable {
  readonly count: number;
  readonly seconds: number;
}

/** Garbage collections of this thread since now. */
function countCollections(): Collections {
  let count = 0;
  let seconds = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      count += 1;
      seconds += duration / 1_000;
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return {
    get count() {
      return count;
    },
    get seconds() {
      return seconds;
    },
    [Symbol.dispose]: () => observer.disconnect(),
  };
}

/** Their number and time, without buckets: what is read of them is the share of time they take. */
function toCollectionsPoint(
  { count, seconds }: Collections,
  resource: ResourceRecord,
  startedAtMs: number,
  atMs: number,
): PointRecord {
  const total = { name: "v8js.gc.duration", unit: "s", value: seconds, startMs: startedAtMs };
  const point = toOwnPoint(total, resource, atMs);
  return {
    ...point,
    metric: { ...point.metric, kind: "histogram", monotonic: false },
    value: {
      ...{ kind: "histogram", count, sum: seconds, min: undefined, max: undefined },
      ...{ bounds: [], counts: [] },
    },
  };
}

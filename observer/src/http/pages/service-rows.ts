import type { SignalName } from "../../signals/catalogue.ts";
import { toCounterSignalName } from "../../signals/counter-signal.ts";
import type { Samples } from "../../signals/signal-source.ts";
import { subjectKey } from "../../signals/subject.ts";
import type { RuleView, ServiceView } from "../api/services.routes.ts";
import { createServiceKeys } from "../queries/service-keys.ts";

/** Reads one signal for all subjects over the last `windowSeconds`. */
export type ReadSignal = (signal: SignalName, windowSeconds: number) => Promise<Samples> | Samples;

/** What a page shows of a service: rate, errors, duration and use of resources over the last minute. Undefined where nothing was measured. */
export interface ServiceRow {
  readonly service: ServiceView;
  readonly requestsPerSecond: number | undefined;
  readonly p95Ms: number | undefined;
  readonly errorRatio: number | undefined;
  readonly cpuRatio: number | undefined;
  readonly memoryMb: number | undefined;
  readonly eventLoopDelayMs: number | undefined;
  readonly rules: { readonly total: number; readonly breached: number; readonly withoutData: number };
}

/** What a page shows of a route. */
export interface EndpointRow {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly route: string;
  readonly requestsPerSecond: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly errorRatio: number | undefined;
  /** Of `latencyP95MsMax`; undefined where the route has none. */
  readonly limitMs: number | undefined;
  /** Requests under way at a time, as rate times median: where capacity goes. */
  readonly load: number;
}

/** A minute is long enough for a quiet route and short enough to be now. */
export const shownWindowSeconds = 60;

async function readAll<Name extends string>(
  readSignal: ReadSignal,
  signals: Readonly<Record<Name, SignalName>>,
): Promise<Readonly<Record<Name, Samples>>> {
  const names = Object.keys(signals) as Name[];
  const read = await Promise.all(
    names.map(async (name) => [name, await readSignal(signals[name], shownWindowSeconds)] as const),
  );
  return Object.fromEntries(read) as Record<Name, Samples>;
}

function countRules(
  rules: readonly RuleView[],
): Map<string, { total: number; breached: number; withoutData: number }> {
  const counts = new Map<string, { total: number; breached: number; withoutData: number }>();
  const keyOf = createServiceKeys();
  for (const rule of rules) {
    const key = keyOf(rule);
    const count = counts.get(key) ?? { total: 0, breached: 0, withoutData: 0 };
    counts.set(key, count);
    count.total += 1;
    if (rule.state === "breach") count.breached += 1;
    if (rule.state === "noData" || rule.state === "error") count.withoutData += 1;
  }
  return counts;
}

/** All services, those with breached rules first, then by rate. */
export async function readServiceRows(
  readSignal: ReadSignal,
  services: readonly ServiceView[],
  rules: readonly RuleView[],
): Promise<readonly ServiceRow[]> {
  const samples = await readAll(readSignal, {
    ...{ rate: "serviceRequestRate", p95: "serviceLatencyP95", errors: "serviceErrorRatio" },
    ...{ cpu: "cpuRatio", memory: "memoryMb", delay: "eventLoopDelayP99" },
  });
  const counts = countRules(rules);
  const rows = services.map((service): ServiceRow => {
    const key = subjectKey({
      environment: service.environment,
      namespace: service.namespace,
      service: service.service,
    });
    return {
      service,
      requestsPerSecond: samples.rate.get(key)?.value,
      p95Ms: samples.p95.get(key)?.value,
      errorRatio: samples.errors.get(key)?.value,
      cpuRatio: samples.cpu.get(key)?.value,
      memoryMb: samples.memory.get(key)?.value,
      eventLoopDelayMs: samples.delay.get(key)?.value,
      rules: counts.get(key) ?? { total: 0, breached: 0, withoutData: 0 },
    };
  });
  const order = (a: ServiceRow, b: ServiceRow): number =>
    b.rules.breached - a.rules.breached || (b.requestsPerSecond ?? -1) - (a.requestsPerSecond ?? -1);
  return rows.sort((a, b) => order(a, b) || (a.service.service < b.service.service ? -1 : 1));
}

/** What a service counts on its own account. */
export interface CounterRow {
  readonly metric: string;
  readonly perMinute: number | undefined;
}

/** The counters that the configuration names for a service, over the last minute. */
export async function readCounterRows(
  readSignal: ReadSignal,
  { counters, environment, namespace, service }: ServiceView,
): Promise<readonly CounterRow[]> {
  const key = subjectKey({ environment, namespace, service });
  return Promise.all(
    counters.map(async (metric) => {
      const samples = await readSignal(toCounterSignalName(metric), shownWindowSeconds);
      return { metric, perMinute: samples.get(key)?.value };
    }),
  );
}

/** Every route that was asked in the last minute, in no order. */
export async function readEndpointRows(
  readSignal: ReadSignal,
  rules: readonly RuleView[],
): Promise<readonly EndpointRow[]> {
  const samples = await readAll(readSignal, {
    ...{ rate: "serverRequestRate", errors: "serverErrorRatio" },
    ...{ p50: "serverLatencyP50", p95: "serverLatencyP95", p99: "serverLatencyP99" },
  });
  const limits = new Map<string, number>();
  for (const rule of rules) {
    if (rule.rule !== "latencyP95MsMax" || rule.endpoint === null) continue;
    const { environment, namespace, service, endpoint: route } = rule;
    limits.set(subjectKey({ environment, namespace, service, route }), rule.limit);
  }
  const rows: EndpointRow[] = [];
  for (const [key, { subject, value }] of samples.rate) {
    // Nobody asked for it in this minute: it has no duration to show.
    if (subject.route === undefined || value === 0) continue;
    const p50Ms = samples.p50.get(key)?.value;
    rows.push({
      environment: subject.environment,
      namespace: subject.namespace,
      service: subject.service,
      route: subject.route,
      requestsPerSecond: value,
      p50Ms,
      p95Ms: samples.p95.get(key)?.value,
      p99Ms: samples.p99.get(key)?.value,
      errorRatio: samples.errors.get(key)?.value,
      limitMs: limits.get(key),
      load: (value * (p50Ms ?? 0)) / 1_000,
    });
  }
  return rows;
}

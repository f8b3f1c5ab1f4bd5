import type { ResolvedLimit } from "../../config/configuration.ts";
import { type CataloguedSignal, getSignal } from "../../signals/catalogue.ts";
import { compilePromql, subjectLabels } from "../../store/sources/prometheus/compile-promql.ts";
import type { RecordingRule } from "./rule-file.ts";
import { endpointLabel } from "./to-selector-text.ts";

/** A signal over a window, recorded once for all subjects, with what its value rests on. */
export interface RecordedSignal {
  readonly signal: CataloguedSignal;
  /** Of the range that is read. */
  readonly windowSeconds: number;
  /** Name of the series of values. */
  readonly value: string;
  /** Name of the series of counts. */
  readonly count: string;
  /** Labels by which subjects are told apart. */
  readonly labels: readonly string[];
}

/** A series that is exported less often than this many times a window has too few points in it. */
const exportsPerWindow = 2.5;

/** @param exportIntervalSeconds how often services send; the window is long enough for it, as the observer's own is */
export function toRecordedSignal(
  { definition, windowSeconds }: ResolvedLimit,
  exportIntervalSeconds: number,
): RecordedSignal {
  const signal = getSignal(definition.signal);
  const seconds = Math.max(windowSeconds, Math.ceil(exportIntervalSeconds * exportsPerWindow));
  const name = `kontor:${toSeriesName(signal)}:${seconds}s`;
  const { environment, namespace, service } = subjectLabels;
  const isPerRoute = signal.dimensions.includes("route");
  return {
    signal,
    windowSeconds: seconds,
    value: name,
    count: `${name}_count`,
    labels: [environment, namespace, service, ...(isPerRoute ? [endpointLabel] : [])],
  };
}

/** The rules that record it. Method and route are joined, so that a rule names an endpoint as the configuration does. */
export function toRecordingRules(
  { signal, windowSeconds, value, count }: RecordedSignal,
  names: "all" | "first",
): RecordingRule[] {
  const expressions = compilePromql(signal, { window: `${windowSeconds}s`, names });
  return [
    { record: value, expr: withEndpoint(signal, expressions.value, names) },
    { record: count, expr: withEndpoint(signal, expressions.count, names) },
  ];
}

/** Joins method and route into `endpoint` where a signal has them. Metrics of older conventions say `http_method`. */
export function withEndpoint(signal: CataloguedSignal, expression: string, names: "all" | "first"): string {
  if (!signal.dimensions.includes("route")) return expression;
  const { method, route } = subjectLabels;
  const named =
    names === "all" ? `label_replace(${expression}, "${method}", "$1", "http_method", "(.+)")` : expression;
  return `label_join(${named}, "${endpointLabel}", " ", "${method}", "${route}")`;
}

const unitWords = {
  ms: "ms",
  MB: "mb",
  ratio: "ratio",
  count: "count",
  "1/s": "per_second",
  "1/min": "per_minute",
} as const satisfies Record<CataloguedSignal["unit"], string>;

/** `serverLatencyP95` is `server_latency_p95_ms`, with the unit once. */
function toSeriesName({ name, unit }: CataloguedSignal): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[^a-zA-Z0-9]+/g, "_")
    .toLowerCase();
  return words.endsWith(`_${unitWords[unit]}`) ? words : `${words}_${unitWords[unit]}`;
}

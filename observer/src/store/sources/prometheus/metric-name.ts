import type { MetricName } from "../../../signals/signal-definition.ts";

/** What decides the suffix of a metric's name besides its unit. `upDown` are sums that can fall. */
export type PrometheusKind = "counter" | "gauge" | "upDown" | "histogram";

/** Units as UCUM writes them, and the words that Prometheus puts at the end of a name. */
const unitWords: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  Cel: "celsius",
  Hz: "hertz",
  "%": "percent",
  "1": "",
};

const perWords: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
};

/**
 * The name under which Prometheus keeps a metric that came over OTLP: `http_server_request_duration_seconds`. A histogram's series
 * are this with `_bucket`, `_count` and `_sum`.
 *
 * @source Prometheus, translation strategy UnderscoreEscapingWithSuffixes; OpenTelemetry specification, "Prometheus and OpenMetrics
 * Compatibility"
 */
export function toPrometheusName(
  { name, unit }: Pick<MetricName, "name" | "unit">,
  kind: PrometheusKind,
): string {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== "");
  for (const word of toUnitWords(unit)) {
    if (word !== "" && !words.includes(word)) words.push(word);
  }
  const last = kind === "counter" ? "total" : kind === "gauge" && unit === "1" ? "ratio" : undefined;
  if (last !== undefined) words = [...words.filter((word) => word !== last), last];
  const joined = words.join("_");
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

/** The label that an attribute becomes: `http.request.method` is `http_request_method`. */
export function toPrometheusLabel(attribute: string): string {
  const label = attribute.replaceAll(/[^a-zA-Z0-9_]+/g, "_");
  if (/^\d/.test(label)) return `key_${label}`;
  return /^_(?!_)/.test(label) ? `key${label}` : label;
}

/** Annotations such as `{request}` say what is counted and are no unit. */
function toUnitWords(unit: string): [main: string, per: string] {
  const [main = "", per = ""] = unit.split("/", 2).map((part) => part.trim());
  const isUnit = (part: string): boolean => part !== "" && !/[{}]/.test(part);
  return [isUnit(main) ? (unitWords[main] ?? main) : "", isUnit(per) ? `per_${perWords[per] ?? per}` : ""];
}

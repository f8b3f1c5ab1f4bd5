import { toPrometheusLabel, toPrometheusName } from "../../store/sources/prometheus/metric-name.ts";

/** One metric with all its series, under its OpenTelemetry name. */
export interface MetricFamily {
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  readonly kind: "gauge" | "counter";
  readonly help: string;
  /** Attributes by their OpenTelemetry names; empty ones are left out. */
  readonly samples: readonly {
    readonly attributes: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/** Content type of the text. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Prometheus' text format, with the names and labels that the same metrics would have had they come over OTLP.
 *
 * @source Prometheus, "Exposition formats", text-based format 0.0.4
 */
export function toExposition(families: readonly MetricFamily[]): string {
  const lines = families.flatMap(({ name, unit, kind, help, samples }) => {
    if (samples.length === 0) return [];
    const series = toPrometheusName({ name, unit }, kind);
    return [
      `# HELP ${series} ${escapeText(help)}`,
      `# TYPE ${series} ${kind}`,
      ...samples.map(({ attributes, value }) => `${series}${toLabels(attributes)} ${toNumber(value)}`),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function toLabels(attributes: Readonly<Record<string, string>>): string {
  const labels = Object.entries(attributes)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${toPrometheusLabel(name)}="${escapeText(value).replaceAll('"', '\\"')}"`);
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}

function escapeText(text: string): string {
  return text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function toNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

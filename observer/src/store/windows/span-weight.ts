import type { SpanRecord } from "../span-record.ts";

/**
 * For how many spans a span stands: 1 unless its sender sampled. Undefined where it says that it was sampled, but not how.
 *
 * Read are the consistent sampling threshold of the trace state (`ot=th:`), its predecessor (`ot=p:`), and what Jaeger's and
 * OpenTelemetry's samplers write into attributes.
 *
 * @source OpenTelemetry specification, "TraceState: Probability Sampling"
 */
export function toSpanWeight(span: SpanRecord): number | undefined {
  if (span.traceState !== "") {
    const weight = fromTraceState(span.traceState);
    if (weight !== undefined) return weight;
  }
  const { attributes } = span;
  const probability = attributes["sampling.probability"];
  if (typeof probability === "number")
    return probability > 0 && probability <= 1 ? 1 / probability : undefined;
  const sampler = attributes["sampler.type"];
  if (sampler === undefined) return attributes["tailsampling.policy"] === undefined ? 1 : undefined;
  if (sampler === "const") return 1;
  const parameter = attributes["sampler.param"];
  const isKnown =
    sampler === "probabilistic" && typeof parameter === "number" && parameter > 0 && parameter <= 1;
  return isKnown ? 1 / parameter : undefined;
}

const thresholds = 2 ** 56;

function fromTraceState(traceState: string): number | undefined {
  const entry = /(?:^|,)\s*ot=([^,]*)/.exec(traceState)?.[1];
  if (entry === undefined) return undefined;
  const threshold = /(?:^|;)th:([0-9a-f]{1,14})(?:;|$)/.exec(entry)?.[1];
  if (threshold !== undefined) {
    // Trailing zeros are left out. The threshold is the share that was rejected.
    const rejected = Number.parseInt(threshold.padEnd(14, "0"), 16);
    return thresholds / (thresholds - rejected);
  }
  const power = /(?:^|;)p:(\d{1,2})(?:;|$)/.exec(entry)?.[1];
  if (power === undefined) return undefined;
  return Number(power) < 63 ? 2 ** Number(power) : undefined;
}

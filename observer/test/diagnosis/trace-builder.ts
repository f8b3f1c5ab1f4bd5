import type { Diagnosis } from "@kontor/observer/diagnosis/diagnosis";
import { createDiagnosis } from "@kontor/observer/diagnosis/diagnosis";
import type { DiagnosisSettings } from "@kontor/observer/diagnosis/settings";
import { toSpanFacts } from "@kontor/observer/diagnosis/span-facts";
import { toStatement } from "@kontor/observer/diagnosis/statement";
import { type TraceTree, toTraceTree } from "@kontor/observer/diagnosis/trace-tree";
import type { Attributes, SpanKind, SpanRecord } from "@kontor/observer/store/span-record";

/** The shipped thresholds, written out so that a test shows what it rests on. */
export const settings: DiagnosisSettings = {
  nPlusOneCountMin: 5,
  nPlusOneTotalMsMin: 50,
  nPlusOneGainRatioMin: 0.5,
  nPlusOneGapMsMax: 500,
  manyRunsCountMin: 10,
  nPlusOneHttpCountMin: 5,
  nPlusOneHttpTotalMsMin: 50,
  redundantSqlCountMin: 3,
  redundantSqlTotalMsMin: 20,
  repeatingSequenceCountMin: 3,
  repeatingSequenceTotalMsMin: 50,
  slowSqlMsMax: 500,
  slowSqlOccurrencesMin: 3,
  slowSqlOccurrencesWindowSeconds: 600,
  serialCallsCountMin: 3,
  serialCallsSavedMsMin: 100,
  serialCallsSavedRatioMin: 0.1,
  chattyCallsMax: 15,
  largePayloadBytesMax: 300_000,
  slowdownWindowSeconds: 30,
  slowdownRequestsMin: 20,
  slowdownSlowRatioMin: 0.05,
  slowdownRatioMin: 0.5,
  slowdownBaselineRequestsMin: 20,
};

export const epochMs = 1_790_000_000_000;

export interface SpanInput {
  readonly name?: string;
  readonly kind?: SpanKind;
  readonly service?: string;
  readonly instance?: string;
  readonly environment?: string;
  readonly parent?: string | undefined;
  readonly id?: string;
  /** Ms since `epochMs`. */
  readonly at: number;
  readonly ms: number;
  readonly failed?: boolean;
  readonly attributes?: Attributes;
}

export interface TraceBuilder {
  readonly traceId: string;
  readonly spans: SpanRecord[];
  /** Each returns the span's id. */
  span(input: SpanInput): string;
  request(route: string, input: SpanInput): string;
  sql(text: string, input: SpanInput & { hash?: string; query?: string }): string;
  call(url: string, input: SpanInput & { method?: string }): string;
}

const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");

/** Spans as ingest would hand them on. Ids count up from 1 for each builder; `seed` makes trace ids different. */
export function traceBuilder(seed = 1): TraceBuilder {
  const traceId = hex(seed, 32);
  const spans: SpanRecord[] = [];
  function span(input: SpanInput): string {
    const spanId = input.id ?? hex(seed * 0x1000000 + spans.length + 1, 16);
    const start = BigInt(Math.round((epochMs + input.at) * 1e3)) * 1_000n;
    spans.push({
      traceId,
      spanId,
      parentSpanId: input.parent ?? "",
      traceState: "",
      flags: 1,
      name: input.name ?? "work",
      kind: input.kind ?? "internal",
      startUnixNano: start,
      endUnixNano: start + BigInt(Math.round(input.ms * 1e6)),
      statusCode: input.failed === true ? "error" : "unset",
      statusMessage: "",
      resource: {
        service: input.service ?? "shop",
        namespace: "",
        environment: input.environment ?? "default",
        instance: input.instance,
        version: "1.0.0",
        attributes: {},
      },
      scopeName: "test",
      attributes: input.attributes ?? {},
      events: [],
      links: [],
      receivedAtMs: epochMs,
    });
    return spanId;
  }
  return {
    traceId,
    spans,
    span,
    request(route, input) {
      const [method = "GET", path = "/"] = route.split(" ");
      const attributes = { "http.request.method": method, "http.route": path, ...input.attributes };
      return span({ kind: "server", name: route, ...input, attributes });
    },
    sql(text, { hash, query, ...input }) {
      const known = {
        ...(hash === undefined ? {} : { "kontor.db.parameters_hash": hash }),
        ...(query === undefined ? {} : { "code.function.name": query }),
      };
      const attributes = {
        "db.system.name": "postgresql",
        "db.query.text": text,
        ...known,
        ...input.attributes,
      };
      return span({ kind: "client", name: `pg.query:${text.slice(0, 6)}`, ...input, attributes });
    },
    call(url, { method = "GET", ...input }) {
      const attributes = { "http.request.method": method, "url.full": url, ...input.attributes };
      return span({ kind: "client", name: method, ...input, attributes });
    },
  };
}

export function toTree(builder: Pick<TraceBuilder, "traceId" | "spans">): TraceTree {
  return toTraceTree(
    builder.traceId,
    builder.spans.map((span) => toSpanFacts(span, toStatement)),
  );
}

/** A diagnosis with the shipped thresholds and one latency limit for every route. */
export function testDiagnosis(
  options: { limitMs?: number; settings?: Partial<DiagnosisSettings> } = {},
): Diagnosis {
  return createDiagnosis({
    settings: () => ({ ...settings, ...options.settings }),
    latencyLimitMs: () => options.limitMs,
  });
}

/** What all detectors say of one trace that nothing came before. */
export function explain(builder: TraceBuilder, options: Parameters<typeof testDiagnosis>[0] = {}) {
  return testDiagnosis(options).explain(toTree(builder), epochMs);
}

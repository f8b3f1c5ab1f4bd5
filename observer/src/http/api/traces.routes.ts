import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { timeText, toMs } from "@kontor/kit/time-text";
import { z } from "zod";
import type { Detection, Silence } from "../../diagnosis/finding.ts";
import type { SpanRecord } from "../../store/span-record.ts";
import type { TraceStore } from "../../store/trace-store.ts";
import { spanSchema, traceSummarySchema } from "./schemas.ts";
import { type LogRecordView, logRecordSchema, toSpanView } from "./span-view.ts";

export interface TraceQueries extends TraceStore {
  /** What every detector says of these spans, and why each silent one is silent. */
  explain(spans: readonly SpanRecord[]): {
    readonly detections: readonly (Detection & { readonly fingerprint: string })[];
    readonly silences: readonly Silence[];
  };
  getTraceLogs(traceId: string): Promise<readonly LogRecordView[]>;
}

const traceId = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{32}$/, "a trace id has 32 hex digits");

const flag = z.stringbool().meta({ enum: ["true", "false", "1", "0", "yes", "no", "on", "off"] });

const hourMs = 3_600_000;

const traceSchema = z.object({
  traceId: z.string(),
  spans: z.array(spanSchema),
  detections: z.array(z.record(z.string(), z.unknown())).optional(),
  silences: z.array(z.object({ detector: z.string(), reason: z.string() })).optional(),
});

const searchQuery = z.object({
  service: z.string().optional(),
  route: z.string().optional(),
  minDurationMs: z.coerce.number().min(0).optional(),
  maxDurationMs: z.coerce.number().min(0).optional(),
  errorsOnly: flag.default(false),
  from: timeText
    .meta({
      description:
        "Begin, as an instant or `now-15m`. An hour before `to`, or before now if that is earlier, when left out.",
    })
    .optional(),
  to: timeText.meta({ description: "End, as an instant or `now-15m`. Now when left out." }).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  order: z.enum(["newest", "slowest"]).default("newest"),
});

/** Trace search, one trace with its explanation, and the logs of a trace. Without a range: the last hour. */
export function traceRoutes(
  queries: TraceQueries,
  now: () => number,
  notFound: (what: string, id: string) => Error,
): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/traces",
      summary: "Search traces by service, route, duration and error",
      tags: ["traces"],
      query: searchQuery,
      responses: { 200: z.object({ traces: z.array(traceSummarySchema) }) },
      access: "public",
      handle: async ({ query }) => {
        const { from, to, ...rest } = query;
        const nowMs = now();
        const untilMs = to === undefined ? nowMs : toMs(to, nowMs);
        // An end that is still to come must not move the beginning past all there is.
        const fromMs = from === undefined ? Math.min(untilMs, nowMs) - hourMs : toMs(from, nowMs);
        if (fromMs > untilMs) {
          throw new AppError(
            "invalid",
            "traces.empty_range",
            "`from` is after `to`. Swap them, or leave out one.",
          );
        }
        const found = await queries.searchTraces({ ...rest, fromMs, toMs: untilMs });
        return {
          traces: found.map(({ startMs, services, ...summary }) => ({
            ...summary,
            services: [...services],
            start: new Date(startMs).toISOString(),
          })),
        };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/traces/:traceId",
      summary: "All spans of a trace; with explain=true also what the detectors say",
      problems: { 404: "There is no such trace" },
      tags: ["traces"],
      params: z.object({ traceId }),
      query: z.object({ explain: flag.default(false) }),
      responses: { 200: traceSchema },
      access: "public",
      handle: async ({ params, query }) => {
        const spans = await queries.getTrace(params.traceId);
        if (spans.length === 0) throw notFound("trace", params.traceId);
        const trace = { traceId: params.traceId, spans: spans.map(toSpanView) };
        if (!query.explain) return trace;
        const { detections, silences } = queries.explain(spans);
        return { ...trace, detections: detections.map((one) => ({ ...one })), silences: [...silences] };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/traces/:traceId/logs",
      summary: "Log records of a trace by time",
      tags: ["traces"],
      params: z.object({ traceId }),
      responses: { 200: z.object({ logs: z.array(logRecordSchema) }) },
      access: "public",
      handle: async ({ params }) => ({ logs: [...(await queries.getTraceLogs(params.traceId))] }),
    }),
  ];
}

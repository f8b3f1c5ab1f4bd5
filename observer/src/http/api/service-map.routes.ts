import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { timeText, toMs } from "@kontor/kit/time-text";
import { z } from "zod";
import type { ReadServiceMap } from "../service-map/read-service-map.ts";

const state = z.enum(["bad", "warn", "good"]);

const mapSchema = z.object({
  /** The ends that were taken: what is younger than ten seconds is left out, and ends lie on whole steps. */
  from: z.string(),
  to: z.string(),
  /** What is wrong first, then by traffic. */
  nodes: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["service", "database", "broker", "external", "outside"]),
      name: z.string(),
      detail: z.string(),
      /** Alerts firing on it. */
      firing: z.number(),
      state,
    }),
  ),
  edges: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      kind: z.enum(["request", "message"]),
      requestsPerSecond: z.number(),
      errorRatio: z.number(),
      p95Ms: z.number(),
      /** `bad`: above a limit of the configuration; `warn`: something failed; `good`: nothing did. */
      state,
      /** What is above its limit: `errors`, `p95`. */
      reasons: z.array(z.string()),
      slowestTraceId: z.string(),
      failedTraceId: z.string().nullable(),
    }),
  ),
  /** How many there are, shown or not. */
  nodeCount: z.number(),
  edgeCount: z.number(),
  /** Whether something was left out. */
  isCut: z.boolean(),
  /** n where numbers are estimated from every n-th trace; 1 where all were read. */
  tracesPerSample: z.number(),
});

const rangeMsMax = 7 * 86_400_000;

/** Who calls whom, how often and how well. */
export function serviceMapRoutes(readServiceMap: ReadServiceMap, now: () => number): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/service-map",
      summary: "Services and what they call, with rate, errors and p95 of each call",
      tags: ["services"],
      query: z.object({
        from: timeText.default("now-15m"),
        to: timeText.default("now"),
        service: z.string().min(1).max(500).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(300),
      }),
      responses: { 200: mapSchema },
      access: "public",
      handle: async ({ query }) => {
        const range = { fromMs: toMs(query.from, now()), toMs: toMs(query.to, now()) };
        if (range.fromMs >= range.toMs || range.toMs - range.fromMs > rangeMsMax) {
          throw new AppError(
            "invalid",
            "service_map.range",
            `From ${query.from} to ${query.to} is no range of at most seven days. Mend one of them.`,
          );
        }
        const { fromMs, toMs: endMs, map } = await readServiceMap(range, query.service, query.limit);
        return {
          from: new Date(fromMs).toISOString(),
          to: new Date(endMs).toISOString(),
          nodes: map.nodes.map((node) => ({ ...node })),
          edges: map.edges.map(
            ({ callsPerSecond, failedPerSecond: _failed, failedTraceId, reasons, ...edge }) => ({
              ...edge,
              requestsPerSecond: callsPerSecond,
              reasons: [...reasons],
              failedTraceId: failedTraceId ?? null,
            }),
          ),
          nodeCount: map.nodeCount,
          edgeCount: map.edgeCount,
          isCut: map.isCut || map.nodes.length < map.nodeCount || map.edges.length < map.edgeCount,
          tracesPerSample: map.tracesPerSample,
        };
      },
    }),
  ];
}

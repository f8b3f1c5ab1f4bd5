import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";

/** What the observer says of itself. */
export interface SelfQueries {
  readSelf(): Promise<Readonly<Record<string, unknown>>>;
}

/** The observer's own health in numbers: what was accepted and refused and why, how far the store is, what waits for delivery. */
export function selfRoutes(queries: SelfQueries): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/self",
      summary: "Counters of the observer itself: ingest, store, windows, traces, ticks, delivery",
      tags: ["observer"],
      responses: { 200: z.record(z.string(), z.unknown()) },
      access: "public",
      handle: async () => queries.readSelf(),
    }),
  ];
}

import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import { expositionType, type MetricFamily, toExposition } from "../../exports/prometheus/to-exposition.ts";

export interface MetricsQueries {
  readMetrics(): Promise<readonly MetricFamily[]>;
}

/** `GET /metrics`: what the observer knows of itself, in the form in which Prometheus scrapes. */
export function metricsRoutes(queries: MetricsQueries): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/metrics",
      summary: "The observer's own metrics, for Prometheus: alerts, findings, health polls, ticks, ingest",
      tags: ["observer"],
      // Prometheus sends whatever `params` of its scrape configuration say.
      query: z.looseObject({}),
      otherTypes: ["text/plain"],
      responses: { 200: z.string() },
      access: "public",
      async handle({ res }) {
        res.type(expositionType).send(toExposition(await queries.readMetrics()));
      },
    }),
  ];
}

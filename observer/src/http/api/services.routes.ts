import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";

const serviceSchema = z.object({
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  versions: z.array(z.string()),
  instances: z.number(),
  routes: z.array(z.string()),
  /** Metrics of its own that observer_config.json names. */
  counters: z.array(z.string()),
  /** Those of them of which nothing was received since the start. */
  silentCounters: z.array(z.string()),
  /** Named in observer_config.json. */
  configured: z.boolean(),
  /** Null when nothing was received from it yet. */
  lastSeen: z.string().nullable(),
});

const signalSchema = z.object({
  name: z.string(),
  description: z.string(),
  unit: z.string(),
  dimensions: z.array(z.string()),
  readBy: z.array(z.string()),
});

const ruleSchema = z.object({
  id: z.string(),
  rule: z.string(),
  signal: z.string(),
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  bound: z.enum(["max", "min"]),
  limit: z.number(),
  clear: z.number(),
  unit: z.string(),
  severity: z.string(),
  windowSeconds: z.number(),
  effectiveWindowSeconds: z.number().nullable(),
  forSeconds: z.number(),
  minRequests: z.number(),
  /** The verdict of the last tick. */
  state: z.enum(["breach", "between", "ok", "insufficient", "noData", "error"]),
  /** Null where there is no value. */
  observed: z.number().nullable(),
  count: z.number().nullable(),
});

const deadThresholdSchema = z.object({
  /** Where it stands in observer_config.json. */
  path: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
  /** The nearest thing that was seen; null where nothing is near. */
  suggestion: z.string().nullable(),
});

const deadThresholdsSchema = z.object({
  /** Whether the first minutes of data are over; before, none is listed. */
  settled: z.boolean(),
  thresholds: z.array(deadThresholdSchema),
});

export type DeadThresholdsView = z.infer<typeof deadThresholdsSchema>;
export type ServiceView = z.infer<typeof serviceSchema>;
export type SignalView = z.infer<typeof signalSchema>;
export type RuleView = z.infer<typeof ruleSchema>;

export interface CatalogueQueries {
  listServices(): readonly ServiceView[];
  listSignals(): readonly SignalView[];
  /** Every rule with its subject and the verdict of the last tick. */
  listRules(): {
    readonly evaluatedAt: string | null;
    readonly source: string;
    readonly rules: readonly RuleView[];
  };
  /** What in the configuration matches nothing that was seen since the start. */
  listDeadThresholds(): DeadThresholdsView;
}

/** What is observed: services, signals, and each rule with its live value against its limit. */
export function catalogueRoutes(queries: CatalogueQueries): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/services",
      summary: "Services seen or configured",
      tags: ["catalogue"],
      responses: { 200: z.object({ services: z.array(serviceSchema) }) },
      access: "public",
      handle: async () => ({ services: [...queries.listServices()] }),
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/signals",
      summary: "The catalogue of signals",
      tags: ["catalogue"],
      responses: { 200: z.object({ signals: z.array(signalSchema) }) },
      access: "public",
      handle: async () => ({ signals: [...queries.listSignals()] }),
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/rules/dead",
      summary:
        "Thresholds that match nothing: services, endpoints and counters never seen, limits without data",
      tags: ["catalogue"],
      responses: { 200: deadThresholdsSchema },
      access: "public",
      handle: async () => queries.listDeadThresholds(),
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/rules",
      summary: "Every rule with limit, state and last value",
      tags: ["catalogue"],
      query: z.object({ service: z.string().optional(), rule: z.string().optional() }),
      responses: {
        200: z.object({ evaluatedAt: z.string().nullable(), source: z.string(), rules: z.array(ruleSchema) }),
      },
      access: "public",
      handle: async ({ query }) => {
        const { evaluatedAt, source, rules } = queries.listRules();
        const wanted = rules.filter(
          (rule) =>
            (query.service === undefined || rule.service === query.service) &&
            (query.rule === undefined || rule.rule === query.rule),
        );
        return { evaluatedAt, source, rules: wanted };
      },
    }),
  ];
}

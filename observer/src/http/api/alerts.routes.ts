import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import type { Alert, AlertState, AlertTransition } from "../../alerts/alert.ts";
import type { OutsideLinks } from "../../alerts/outside-links.ts";
import { alertSchema, commaSeparated, toAlertView } from "./schemas.ts";

export interface AlertFilter {
  readonly service?: string | undefined;
  readonly rule?: string | undefined;
  readonly states?: readonly AlertState[] | undefined;
  readonly limit: number;
}

export interface AlertQueries {
  /** Newest change first. */
  listAlerts(filter: AlertFilter): Promise<readonly Alert[]>;
  getAlert(fingerprint: string): Promise<Alert | undefined>;
  /** The newest changes of its state, newest first; none for an unknown one. */
  listAlertTransitions(fingerprint: string): Promise<readonly AlertTransition[]>;
}

const transitionSchema = z.object({
  at: z.string(),
  from: z.string(),
  to: z.string(),
  observed: z.number().nullable(),
  limit: z.number(),
  unit: z.string(),
  reason: z.string().nullable(),
  configuration: z.string(),
  source: z.string(),
});

function toTransitionView({ alert, ...transition }: AlertTransition): z.infer<typeof transitionSchema> {
  const { atMs, from, to, configurationHash: configuration, source } = transition;
  const { observed = null, limit, unit, reason = null } = alert;
  return { at: new Date(atMs).toISOString(), from, to, observed, limit, unit, reason, configuration, source };
}

const states = ["pending", "firing", "recovering", "resolved", "noData", "error"] as const;

/** `GET /api/v1/alerts` and one alert. Inactive alerts are not listed: they are rules without news. */
export function alertRoutes(
  queries: AlertQueries,
  outside: OutsideLinks,
  now: () => number,
  notFound: (what: string, id: string) => Error,
): Route[] {
  const toView = (alert: Alert) => toAlertView(alert, outside, now());
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/alerts",
      summary: "Alerts, newest change first",
      tags: ["alerts"],
      query: z.object({
        service: z.string().optional(),
        rule: z.string().optional(),
        state: commaSeparated(states).optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
      }),
      responses: { 200: z.object({ alerts: z.array(alertSchema) }) },
      access: "public",
      handle: async ({ query }) => {
        const { state, ...rest } = query;
        return { alerts: (await queries.listAlerts({ ...rest, states: state })).map(toView) };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/alerts/:fingerprint",
      summary: "One alert",
      problems: { 404: "There is no such alert" },
      tags: ["alerts"],
      params: z.object({ fingerprint: z.string() }),
      responses: { 200: alertSchema },
      access: "public",
      handle: async ({ params }) => {
        const alert = await queries.getAlert(params.fingerprint);
        if (alert === undefined) throw notFound("alert", params.fingerprint);
        return toView(alert);
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/alerts/:fingerprint/transitions",
      summary:
        "The changes of an alert's state that are kept, newest first, each with the value it was decided on",
      problems: { 404: "There is no such alert" },
      tags: ["alerts"],
      params: z.object({ fingerprint: z.string() }),
      responses: { 200: z.object({ transitions: z.array(transitionSchema) }) },
      access: "public",
      handle: async ({ params }) => {
        const transitions = await queries.listAlertTransitions(params.fingerprint);
        // Transitions outlive the alert where its rule is gone.
        if (transitions.length === 0 && (await queries.getAlert(params.fingerprint)) === undefined)
          throw notFound("alert", params.fingerprint);
        return { transitions: transitions.map(toTransitionView) };
      },
    }),
  ];
}

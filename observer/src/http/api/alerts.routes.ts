import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import type { Alert, AlertState } from "../../alerts/alert.ts";
import { alertSchema, toAlertView } from "./schemas.ts";

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
}

const states = ["pending", "firing", "recovering", "resolved", "noData", "error"] as const;

/** `GET /api/v1/alerts` and one alert. Inactive alerts are not listed: they are rules without news. */
export function alertRoutes(queries: AlertQueries, notFound: (what: string, id: string) => Error): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/alerts",
      summary: "Alerts, newest change first",
      tags: ["alerts"],
      query: z.object({
        service: z.string().optional(),
        rule: z.string().optional(),
        state: z
          .string()
          .transform((text) => text.split(","))
          .pipe(z.array(z.enum(states)))
          .optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
      }),
      responses: { 200: z.object({ alerts: z.array(alertSchema) }) },
      access: "public",
      handle: async ({ query }) => {
        const { state, ...rest } = query;
        return { alerts: (await queries.listAlerts({ ...rest, states: state })).map(toAlertView) };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/alerts/:fingerprint",
      summary: "One alert",
      tags: ["alerts"],
      params: z.object({ fingerprint: z.string() }),
      responses: { 200: alertSchema },
      access: "public",
      handle: async ({ params }) => {
        const alert = await queries.getAlert(params.fingerprint);
        if (alert === undefined) throw notFound("alert", params.fingerprint);
        return toAlertView(alert);
      },
    }),
  ];
}

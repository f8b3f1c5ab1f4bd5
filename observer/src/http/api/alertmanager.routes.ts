import type { FormatProblem } from "@kontor/kit/http/problem";
import { defineRoute, Reply, type Route } from "@kontor/kit/http/route";
import { instantText } from "@kontor/kit/instant-text";
import type { Request } from "express";
import { z } from "zod";
import type { Alerting } from "../../alerts/alerting.ts";
import {
  type AlertQuery,
  type AlertViewContext,
  listAlertGroups,
  listGettableAlerts,
} from "../../alerts/alertmanager/v2-alerts.ts";
import { toGettableSilence, toSilenceInput } from "../../alerts/alertmanager/v2-silences.ts";
import type { AlertmanagerStatus } from "../../alerts/alertmanager/v2-status.ts";
import { parseMatcher } from "../../alerts/matcher.ts";
import { actorOf } from "../access/guard.ts";

export interface AlertmanagerQueries {
  readonly alerting: Pick<
    Alerting,
    "listAlerts" | "createSilence" | "expireSilence" | "listSilences" | "getSilence"
  >;
  readonly viewContext: () => AlertViewContext;
  readonly status: () => AlertmanagerStatus;
  readonly now: () => number;
}

const flag = z
  .enum(["true", "false"])
  .transform((text) => text === "true")
  .optional();
const silenceId = z.object({ id: z.uuid({ error: "a silence id is a UUID" }) });
const anything = z.unknown();
/** Clients made for Alertmanager send parameters of versions we do not know; and `filter` is read from the address. */
const anyQuery = z.looseObject({});
const tags = ["alertmanager"];

const silenceBody = z.object({
  id: z
    .string()
    .nullish()
    .transform((id) => id ?? undefined),
  matchers: z.array(
    z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().optional() }),
  ),
  startsAt: instantText,
  endsAt: instantText,
  createdBy: z.string(),
  comment: z.string(),
});

/** `filter` may stand several times, which the simple query parser leaves as an array. */
function toMatchers(req: Request) {
  const given = new URL(req.originalUrl, "http://observer").searchParams.getAll("filter");
  return given.map(parseMatcher);
}

/** Clients made for Alertmanager ask for JSON alone and read a failure as one text; without this amtool could not say what is wrong. */
export const toAlertmanagerProblem: FormatProblem = ({ detail, title }, { path, headers }) =>
  path.startsWith("/api/v2/") && headers.accept === "application/json"
    ? { type: "application/json", body: detail ?? title }
    : undefined;

/**
 * The Alertmanager v2 API, so that `amtool`, Karma and Grafana's data source work as they are.
 *
 * @source https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function alertmanagerRoutes({ alerting, viewContext, status, now }: AlertmanagerQueries): Route[] {
  const alertQuery = z.looseObject({
    active: flag,
    silenced: flag,
    inhibited: flag,
    receiver: z.string().optional(),
  });
  const toQuery = (query: z.infer<typeof alertQuery>, req: Request): AlertQuery => ({
    filter: toMatchers(req),
    ...(query.active === undefined ? {} : { active: query.active }),
    ...(query.silenced === undefined ? {} : { silenced: query.silenced }),
    ...(query.inhibited === undefined ? {} : { inhibited: query.inhibited }),
    ...(query.receiver === undefined ? {} : { receiver: query.receiver }),
  });
  return [
    defineRoute({
      method: "get",
      path: "/api/v2/status",
      summary: "Version and state",
      tags,
      query: anyQuery,
      responses: { 200: anything },
      access: "public",
      handle: async () => status(),
    }),
    defineRoute({
      method: "get",
      path: "/api/v2/receivers",
      summary: "Names of the receivers",
      tags,
      query: anyQuery,
      responses: { 200: anything },
      access: "public",
      handle: async () => viewContext().settings.receivers.map(({ name }) => ({ name })),
    }),
    defineRoute({
      method: "get",
      path: "/api/v2/alerts",
      summary: "Alerts as Alertmanager lists them",
      tags,
      query: alertQuery,
      responses: { 200: anything },
      access: "public",
      handle: async ({ query, req }) =>
        listGettableAlerts(alerting.listAlerts(), toQuery(query, req), viewContext()),
    }),
    defineRoute({
      method: "get",
      path: "/api/v2/alerts/groups",
      summary: "Alerts by group and receiver",
      tags,
      query: alertQuery,
      responses: { 200: anything },
      access: "public",
      handle: async ({ query, req }) =>
        listAlertGroups(alerting.listAlerts(), toQuery(query, req), viewContext()),
    }),
    defineRoute({
      method: "get",
      path: "/api/v2/silences",
      summary: "Silences: active, pending, expired",
      tags,
      query: anyQuery,
      responses: { 200: anything },
      access: "public",
      handle: async ({ req }) =>
        alerting.listSilences(toMatchers(req)).map((silence) => toGettableSilence(silence, now())),
    }),
    defineRoute({
      method: "post",
      path: "/api/v2/silences",
      summary: "Make or change a silence",
      tags,
      query: anyQuery,
      body: silenceBody,
      responses: { 200: anything },
      access: "public",
      handle: async ({ body, res }) => {
        const silence = await alerting.createSilence(toSilenceInput(body), actorOf(res) ?? body.createdBy);
        return { silenceID: silence.id };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v2/silence/:id",
      summary: "One silence",
      problems: { 404: "There is no such silence" },
      tags,
      query: anyQuery,
      params: silenceId,
      responses: { 200: anything },
      access: "public",
      handle: async ({ params }) => toGettableSilence(alerting.getSilence(params.id), now()),
    }),
    defineRoute({
      method: "delete",
      path: "/api/v2/silence/:id",
      summary: "Expire a silence",
      problems: { 404: "There is no such silence" },
      tags,
      query: anyQuery,
      params: silenceId,
      responses: { 200: anything },
      access: "public",
      handle: async ({ params, res }) => {
        await alerting.expireSilence(params.id, actorOf(res) ?? "api");
        return new Reply(200, {});
      },
    }),
  ];
}

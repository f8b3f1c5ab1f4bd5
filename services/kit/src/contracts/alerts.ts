import { z } from "zod";
import { defineEvent } from "./define-event.ts";

const alertState = z.enum(["inactive", "pending", "firing", "recovering", "resolved", "noData", "error"]);

const alertFinding = z.object({
  fingerprint: z.string(),
  /** What is wrong, in one line: `11 identical queries per request in orders.list_open`. */
  title: z.string(),
  /** How to mend it, with the statement. */
  recommendation: z.string(),
  /** The finding in the dashboard. */
  url: z.string(),
});

const relatedAlert = z.object({
  fingerprint: z.string(),
  rule: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  observed: z.number().nullable(),
  limit: z.number(),
  unit: z.string(),
});

/** The observer's alert went from one state to another. Sent at least once; `id` is what repeats are dropped by. */
export const alertTransitioned = defineEvent({
  name: "alerts.transitioned",
  version: 1,
  payload: z.object({
    /** The id of the transition, the same however often it is sent; an update has an id of its own. */
    id: z.uuid(),
    /** News of a transition that was sent before: its first explanation, or a reminder that it lasts. */
    update: z.enum(["explained", "repeated"]).optional(),
    /** The alert's; the same for all its transitions. */
    fingerprint: z.string(),
    from: alertState,
    to: alertState,
    severity: z.enum(["info", "warning", "critical"]),
    /** The key of observer_config.json: `latencyP95MsMax`. */
    rule: z.string(),
    environment: z.string(),
    namespace: z.string(),
    service: z.string(),
    /** `GET /api/orders`; null when the rule is about the whole service. */
    endpoint: z.string().nullable(),
    /** In `unit`; null when nothing was measured. */
    observed: z.number().nullable(),
    limit: z.number(),
    /** `ms`, `ratio`, `By` ...; as in the catalogue of signals. */
    unit: z.string(),
    /** When the breach began. */
    sinceAt: z.iso.datetime(),
    firedAt: z.iso.datetime().nullable(),
    resolvedAt: z.iso.datetime().nullable(),
    /** When this transition was decided. */
    atIso: z.iso.datetime(),
    findings: z.array(alertFinding).max(20),
    traceIds: z.array(z.string()).max(20),
    /** Absolute addresses; `trace` is null when no trace is known. */
    links: z.object({
      alert: z.string(),
      trace: z.string().nullable(),
      /** The same trace in Jaeger, and its log lines in Loki; null or left out where there is no such tool. */
      jaeger: z.string().nullable().optional(),
      logs: z.string().nullable().optional(),
    }),
    /** Why the state is `noData` or `error`, or why the alert ended without recovery. */
    reason: z.string().nullable().optional(),
    /** Alerts of the same service that went the same way at the same time and are told of by this event alone. */
    related: z.array(relatedAlert).max(50).optional(),
    /** How many more there are than `related` lists. */
    relatedOmitted: z.int().min(0).optional(),
  }),
  orderingKey: (payload) => payload.fingerprint,
});

/**
 * The Message-ID of the mail about a transition, whoever sends it: the notification service, or the observer itself when that
 * one is away. Mailboxes drop the second of two equal ones.
 *
 * @param id of the payload of `alerts.transitioned`
 */
export function alertMessageId(id: string): string {
  return `<${id}@kontor.alerts>`;
}

/** What mail programs gather the mails of one alert under, as their `References` and `In-Reply-To`. */
export function alertThreadId(fingerprint: string): string {
  return `<${fingerprint}@kontor.alert-threads>`;
}

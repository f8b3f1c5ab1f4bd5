import type { alertTransitioned } from "@kontor/kit/contracts/alerts";
import type { EventPayload } from "@kontor/kit/contracts/define-event";
import type { AlertFinding, AlertTransition } from "../alert.ts";
import type { Notification } from "../delivery/notification.ts";
import { linkAlertOutside, noOutsideLinks, type OutsideLinks } from "../outside-links.ts";

export type AlertEvent = EventPayload<typeof alertTransitioned>;

/**
 * A notification as the contract `alerts.transitioned` says it: the alert that leads, and the others of its group as `related`.
 *
 * @param publicUrl where people reach this observer, without a slash at the end
 */
export function toAlertEvent(
  notification: Notification,
  publicUrl: string,
  outside: OutsideLinks = noOutsideLinks,
): AlertEvent {
  const [lead, ...related] = notification.transitions;
  const { alert, atMs } = lead;
  const { environment, namespace, service, route } = alert.subject;
  const [traceId] = alert.traceIds;
  // Silence and its end are no breach: when the alert last fired, perhaps days ago, is not their beginning.
  const isBreach = lead.to === "firing" || lead.to === "resolved";
  const firedAtMs = isBreach ? alert.firedAtMs : undefined;
  const sinceMs = isBreach ? (alert.pendingSinceMs ?? alert.firedAtMs ?? atMs) : atMs;
  return {
    id: notification.id,
    ...toUpdate(notification),
    fingerprint: alert.fingerprint,
    from: lead.from,
    to: lead.to,
    severity: alert.severity,
    rule: alert.rule,
    environment,
    namespace,
    service,
    endpoint: route ?? null,
    observed: alert.observed ?? null,
    limit: alert.limit,
    unit: alert.unit,
    sinceAt: toTime(sinceMs),
    firedAt: firedAtMs === undefined ? null : toTime(firedAtMs),
    resolvedAt:
      lead.to !== "resolved" || alert.resolvedAtMs === undefined ? null : toTime(alert.resolvedAtMs),
    atIso: toTime(atMs),
    findings: alert.findings.map((finding) => ({
      ...toFinding(finding),
      url: findingUrl(publicUrl, finding.fingerprint),
    })),
    traceIds: [...alert.traceIds],
    links: {
      alert: alertUrl(publicUrl, alert.fingerprint),
      trace: traceId === undefined ? null : traceUrl(publicUrl, traceId),
      ...linkAlertOutside(alert, outside, atMs),
    },
    reason: alert.reason ?? null,
    related: related.map(toRelated),
    relatedOmitted: notification.omitted,
  };
}

export function alertUrl(publicUrl: string, fingerprint: string): string {
  return `${publicUrl}/alerts/${encodeURIComponent(fingerprint)}`;
}

export function traceUrl(publicUrl: string, traceId: string): string {
  return `${publicUrl}/traces/${encodeURIComponent(traceId)}`;
}

export function findingUrl(publicUrl: string, fingerprint: string): string {
  return `${publicUrl}/findings/${encodeURIComponent(fingerprint)}`;
}

function toUpdate({ kind }: Notification): Pick<AlertEvent, "update"> {
  return kind === "explained" || kind === "repeated" ? { update: kind } : {};
}

function toFinding({ fingerprint, title, recommendation }: AlertFinding) {
  return { fingerprint, title, recommendation };
}

function toRelated({ alert }: AlertTransition) {
  return {
    fingerprint: alert.fingerprint,
    rule: alert.rule,
    service: alert.subject.service,
    endpoint: alert.subject.route ?? null,
    observed: alert.observed ?? null,
    limit: alert.limit,
    unit: alert.unit,
  };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

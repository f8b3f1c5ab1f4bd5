import { toValueText } from "@kontor/kit/contracts/alert-words";
import type { Alert } from "../alert.ts";
import { linkAlertOutside, noOutsideLinks, type OutsideLinks } from "../outside-links.ts";
import { alertUrl, findingUrl, traceUrl } from "../receivers/alert-event.ts";

/** What foreign tools show of an alert besides its labels: texts and our links. */
export function alertAnnotations(
  alert: Alert,
  publicUrl: string,
  ways: { readonly outside?: OutsideLinks | undefined; readonly atMs: number },
): Record<string, string> {
  const { rule, subject, observed, limit, unit, reason, findings, traceIds } = alert;
  const about = [subject.service, subject.route].filter((part) => part !== undefined).join(" ");
  const value = observed === undefined ? "without a value" : toValueText(observed, unit);
  const [finding] = findings;
  const [traceId] = traceIds;
  const { jaeger, logs } = linkAlertOutside(alert, ways.outside ?? noOutsideLinks, ways.atMs);
  return {
    summary: `${about}: ${rule} is ${value}, limit ${toValueText(limit, unit)}`,
    ...(reason === undefined ? {} : { reason }),
    ...(observed === undefined ? {} : { observed: String(observed) }),
    limit: String(limit),
    unit,
    alert: alertUrl(publicUrl, alert.fingerprint),
    ...(finding === undefined
      ? {}
      : {
          finding: finding.title,
          recommendation: finding.recommendation,
          finding_url: findingUrl(publicUrl, finding.fingerprint),
        }),
    ...(traceId === undefined ? {} : { trace: traceUrl(publicUrl, traceId) }),
    ...(jaeger === null ? {} : { jaeger }),
    ...(logs === null ? {} : { logs }),
  };
}

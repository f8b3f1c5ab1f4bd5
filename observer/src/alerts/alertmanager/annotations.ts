import { toValueText } from "@kontor/kit/contracts/alert-words";
import type { Alert } from "../alert.ts";
import { alertUrl, findingUrl, traceUrl } from "../receivers/alert-event.ts";

/** What foreign tools show of an alert besides its labels: texts and our links. */
export function alertAnnotations(alert: Alert, publicUrl: string): Record<string, string> {
  const { rule, subject, observed, limit, unit, reason, findings, traceIds } = alert;
  const about = [subject.service, subject.route].filter((part) => part !== undefined).join(" ");
  const value = observed === undefined ? "without a value" : toValueText(observed, unit);
  const [finding] = findings;
  const [traceId] = traceIds;
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
  };
}

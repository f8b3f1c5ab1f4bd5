import type { Alert } from "./alert.ts";

export type AlertLabels = Readonly<Record<string, string>>;

/** Every label an alert can have. */
export const alertLabelNames = [
  "alertname",
  "environment",
  "namespace",
  "service",
  "endpoint",
  "severity",
] as const;

type AlertLabelName = (typeof alertLabelNames)[number];

/** What silences, groups and foreign tools tell alerts apart by: bounded in number, without values, times and instances. */
export function alertLabels(alert: Pick<Alert, "rule" | "subject" | "severity">): AlertLabels {
  const { environment, namespace, service, route } = alert.subject;
  return {
    alertname: alert.rule,
    environment,
    ...(namespace === "" ? {} : { namespace }),
    service,
    ...(route === undefined ? {} : { endpoint: route }),
    severity: alert.severity,
  } satisfies Partial<Record<AlertLabelName, string>>;
}

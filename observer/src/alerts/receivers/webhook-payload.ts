import type { AlertTransition } from "../alert.ts";
import { alertLabels } from "../alert-labels.ts";
import { alertAnnotations } from "../alertmanager/annotations.ts";
import type { Notification } from "../delivery/notification.ts";
import type { OutsideLinks } from "../outside-links.ts";
import { alertUrl } from "./alert-event.ts";

interface WebhookAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/** Alertmanager's webhook payload. @source https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export interface WebhookPayload {
  readonly version: "4";
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly status: "firing" | "resolved";
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  readonly externalURL: string;
  readonly alerts: readonly WebhookAlert[];
}

export function toWebhookPayload(
  notification: Notification,
  options: {
    readonly receiver: string;
    readonly publicUrl: string;
    readonly outside?: OutsideLinks | undefined;
  },
): WebhookPayload {
  const alerts = notification.transitions.map((transition) =>
    toWebhookAlert(transition, notification, options),
  );
  const { kind: _kind, ...groupLabels } = notification.group;
  return {
    version: "4",
    groupKey: `{}:{${Object.entries(groupLabels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(", ")}}`,
    truncatedAlerts: notification.omitted,
    status: notification.kind === "resolved" ? "resolved" : "firing",
    receiver: options.receiver,
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: options.publicUrl,
    alerts,
  };
}

/** Alertmanager's way to say that an end is not known. */
const NO_END = "0001-01-01T00:00:00Z";

function toWebhookAlert(
  { alert, atMs }: AlertTransition,
  { kind }: Notification,
  { publicUrl, outside }: { readonly publicUrl: string; readonly outside?: OutsideLinks | undefined },
): WebhookAlert {
  const isResolved = kind === "resolved";
  const isState = kind === "noData" || kind === "error";
  return {
    status: isResolved ? "resolved" : "firing",
    labels: alertLabels(alert),
    annotations: {
      ...alertAnnotations(alert, publicUrl, { outside, atMs }),
      ...(isState ? { state: kind } : {}),
    },
    startsAt: new Date(isState ? atMs : (alert.firedAtMs ?? alert.sinceMs)).toISOString(),
    endsAt: isResolved ? new Date(alert.resolvedAtMs ?? atMs).toISOString() : NO_END,
    generatorURL: alertUrl(publicUrl, alert.fingerprint),
    fingerprint: alert.fingerprint,
  };
}

function common(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...rest] = records;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((record) => record[name] === value)),
  );
}

import { type Alert, isFiring } from "../alert.ts";
import { type AlertLabels, alertLabels } from "../alert-labels.ts";
import type { DeliverySettings, Suppression } from "../delivery/stage.ts";
import { compileMatchers, type Matcher } from "../matcher.ts";
import type { OutsideLinks } from "../outside-links.ts";
import { alertUrl } from "../receivers/alert-event.ts";
import { toSafePattern } from "../safe-pattern.ts";
import { alertAnnotations } from "./annotations.ts";

/** `gettableAlert` of Alertmanager's API v2. @source https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml */
export interface GettableAlert {
  readonly fingerprint: string;
  readonly labels: AlertLabels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly generatorURL: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: "active" | "suppressed" | "unprocessed";
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
  };
}

/** `alertGroup` of Alertmanager's API v2. */
export interface AlertGroup {
  readonly labels: AlertLabels;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly GettableAlert[];
}

/** The query of `GET /api/v2/alerts` and `/alerts/groups`; what is left out lets everything through. */
export interface AlertQuery {
  readonly filter?: readonly Matcher[] | undefined;
  readonly active?: boolean | undefined;
  readonly silenced?: boolean | undefined;
  readonly inhibited?: boolean | undefined;
  /** Regular expression over names of receivers. */
  readonly receiver?: string | undefined;
}

export interface AlertViewContext {
  readonly suppressionOf: (alert: Alert) => Suppression | undefined;
  readonly settings: Pick<DeliverySettings, "receivers">;
  readonly publicUrl: string;
  readonly outside?: OutsideLinks | undefined;
  readonly atMs: number;
}

/** Tools expect an end; as in Alertmanager it lies a little ahead while the alert lasts. */
const ENDS_AFTER_MS = 300_000;

/** What Alertmanager would list: whatever wants somebody's attention. Pending and resolved alerts do not. */
export function isListed({ state }: Alert): boolean {
  return isFiring(state) || state === "noData" || state === "error";
}

export function toGettableAlert(alert: Alert, context: AlertViewContext): GettableAlert {
  const { silencedBy, inhibitedBy } = context.suppressionOf(alert) ?? { silencedBy: [], inhibitedBy: [] };
  const isSuppressed = silencedBy.length + inhibitedBy.length > 0;
  const annotations = alertAnnotations(alert, context.publicUrl, context);
  return {
    fingerprint: alert.fingerprint,
    labels: alertLabels(alert),
    annotations: isFiring(alert.state) ? annotations : { ...annotations, state: alert.state },
    startsAt: toTime(isFiring(alert.state) ? (alert.firedAtMs ?? alert.sinceMs) : alert.sinceMs),
    endsAt: toTime(context.atMs + ENDS_AFTER_MS),
    updatedAt: toTime(context.atMs),
    generatorURL: alertUrl(context.publicUrl, alert.fingerprint),
    receivers: context.settings.receivers
      .filter(({ severities }) => severities.includes(alert.severity))
      .map(({ name }) => ({ name })),
    status: { state: isSuppressed ? "suppressed" : "active", silencedBy, inhibitedBy },
  };
}

/**
 * `GET /api/v2/alerts`.
 *
 * @throws AppError `silences.bad_pattern`
 */
export function listGettableAlerts(
  alerts: readonly Alert[],
  query: AlertQuery,
  context: AlertViewContext,
): GettableAlert[] {
  const matches = compileMatchers(query.filter ?? []);
  const receiver =
    query.receiver === undefined || query.receiver === "" ? undefined : toSafePattern(query.receiver);
  return alerts
    .filter(isListed)
    .map((alert) => toGettableAlert(alert, context))
    .filter(({ labels }) => matches(labels))
    .filter(({ status }) => isAsked(status, query))
    .filter(({ receivers }) => receiver === undefined || receivers.some(({ name }) => receiver.test(name)))
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}

function isAsked({ state, silencedBy, inhibitedBy }: GettableAlert["status"], query: AlertQuery): boolean {
  if (query.active === false && state === "active") return false;
  if (query.silenced === false && silencedBy.length > 0) return false;
  return query.inhibited !== false || inhibitedBy.length === 0;
}

const groupLabelNames = ["environment", "namespace", "service", "severity"] as const;

/** `GET /api/v2/alerts/groups`: by service and severity, once for every receiver. */
export function listAlertGroups(
  alerts: readonly Alert[],
  query: AlertQuery,
  context: AlertViewContext,
): AlertGroup[] {
  const groups = new Map<
    string,
    { labels: AlertLabels; receiver: { name: string }; alerts: GettableAlert[] }
  >();
  for (const alert of listGettableAlerts(alerts, query, context)) {
    const labels = pick(alert.labels);
    for (const receiver of alert.receivers) {
      const key = [receiver.name, ...groupLabelNames.map((name) => labels[name] ?? "")].join("\u001f");
      const known = groups.get(key);
      if (known === undefined) groups.set(key, { labels, receiver, alerts: [alert] });
      else known.alerts.push(alert);
    }
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function pick(labels: AlertLabels): AlertLabels {
  return Object.fromEntries(
    groupLabelNames.flatMap((name) => {
      const value = labels[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

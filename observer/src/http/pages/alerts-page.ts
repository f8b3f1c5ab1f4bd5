import { type Html, html } from "@kontor/kit/html";
import type { Alert, AlertState } from "../../alerts/alert.ts";
import { findingHref, traceHref } from "./finding-parts.ts";
import { emptyState } from "./layout.ts";
import { ago, formatValue, many } from "./page-formats.ts";
import { path } from "./page-path.ts";

export const alertViews = ["current", "resolved", "all"] as const;
export type AlertsView = (typeof alertViews)[number];

export interface AlertsPageData extends Omit<AlertTableData, "rowsMax"> {
  readonly view: AlertsView;
}

/** Urgent first: what fires, then what may, then what nothing is known of, then what is over. */
const stateOrder: readonly AlertState[] = [
  "firing",
  "recovering",
  "pending",
  "error",
  "noData",
  "resolved",
  "inactive",
];
const stateTones: Record<AlertState, "bad" | "warn" | "good" | "plain"> = {
  ...{ firing: "bad", recovering: "warn", pending: "warn", error: "warn", noData: "warn" },
  ...{ resolved: "good", inactive: "plain" },
};
const stateLabels: Partial<Record<AlertState, string>> = { noData: "no data" };
const severityOrder: readonly Alert["severity"][] = ["critical", "warning", "info"];

export function stateTone(state: AlertState): "bad" | "warn" | "good" | "plain" {
  return stateTones[state];
}

export function stateLabel(state: AlertState): string {
  return stateLabels[state] ?? state;
}

/** Which states a view shows; undefined for all. */
export function statesOfView(view: AlertsView): readonly AlertState[] | undefined {
  if (view === "all") return undefined;
  return view === "resolved" ? ["resolved"] : ["pending", "firing", "recovering", "noData", "error"];
}

/** `latencyP95MsMax` as people say it: `latency p95`. The unit and the bound are shown with the value. */
export function ruleLabel(rule: string): string {
  // On a counter: what it counts is a name already.
  if (rule.includes(".")) return rule.replace(/\.perMinute(?:Max|Min)$/, "");
  const words = rule.replace(/(?:Ms|Ratio|Mb|Seconds|PerSecond|PerMinute|Count)?(?:Max|Min)$/, "");
  return words.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

/** Observed against limit: the bar ends at the larger of both, a mark stands at the limit. */
export function limitBar(observed: number, limit: number, tone: string): Html {
  const end = Math.max(observed, limit) * 1.05;
  const percent = (value: number): string =>
    (end <= 0 ? 0 : Math.max(0, Math.min(100, (100 * value) / end))).toFixed(2);
  return html`<svg class="share ${tone}" width="100%" height="8" aria-hidden="true"><rect class="share-ground" y="1" width="100%" height="6" rx="3"/><rect class="share-bar" y="1" width="${percent(observed)}%" height="6" rx="3"/><rect class="share-limit" x="${percent(limit)}%" width="2" height="8"/></svg>`;
}

function links(alert: Alert): Html {
  const findings = alert.findings.map(
    (one) => html`<a class="sub" href="${findingHref(one.fingerprint)}">${one.title}</a>`,
  );
  const [worst, ...others] = alert.traceIds;
  const more = others.map(
    (id, at) => html` <a href="${traceHref(id)}"><span class="hidden">trace </span>${at + 2}</a>`,
  );
  const traces =
    worst !== undefined &&
    html`<span class="sub">traces: <a href="${traceHref(worst)}">worst</a>${more}</span>`;
  return html`${findings}${traces}`;
}

/** A silenced alert says so; any other that is not over can be silenced from here. */
function silencing(alert: Alert, isSilenced: boolean): Html | false {
  if (isSilenced) return html`<span class="sub"><a href="/silences">silenced</a></span>`;
  if (alert.state === "resolved" || alert.state === "inactive") return false;
  const what = ` ${ruleLabel(alert.rule)} of ${alert.subject.route ?? alert.subject.service}`;
  return html`<span class="sub"><a href="${path`/silences/new?alert=${alert.fingerprint}`}">Silence<span class="hidden">${what}</span></a></span>`;
}

function row(alert: Alert, nowMs: number, isSilenced: boolean): Html {
  const tone = stateTones[alert.state];
  const observed =
    alert.observed === undefined
      ? html`<span class="faint">no value</span>`
      : html`${formatValue(alert.observed, alert.unit)}${limitBar(alert.observed, alert.limit, tone)}`;
  const { environment, namespace, service, route } = alert.subject;
  const about = [
    ...(route === undefined ? [] : [service]),
    ...[environment, namespace].filter((part) => part !== "" && part !== "default"),
    ruleLabel(alert.rule),
  ];
  return html`<tr class="${tone}"><td><span class="pill ${tone}">${stateLabel(alert.state)}</span><span class="sub">${alert.severity}</span>${silencing(alert, isSilenced)}</td><td class="main"><a href="${path`/alerts/${alert.fingerprint}`}">${route ?? service}</a><span class="sub">${about.join(" · ")}</span>${alert.reason !== undefined && html`<span class="sub">${alert.reason}</span>`}</td><td class="number bar">${observed}</td><td class="number">${formatValue(alert.limit, alert.unit)}</td><td class="number">${ago(alert.sinceMs, nowMs)}</td><td class="main">${links(alert)}</td></tr>`;
}

function byUrgency(a: Alert, b: Alert): number {
  const state = stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state);
  const severity = severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity);
  return state || severity || b.sinceMs - a.sinceMs || (a.fingerprint < b.fingerprint ? -1 : 1);
}

export interface AlertTableData {
  readonly alerts: readonly Alert[];
  /** Fingerprints of those that a silence holds back. */
  readonly silenced: ReadonlySet<string>;
  readonly nowMs: number;
  /** All when undefined. */
  readonly rowsMax?: number;
}

/** A table of alerts, urgent first. */
export function alertTable({ alerts, silenced, nowMs, rowsMax = alerts.length }: AlertTableData): Html {
  const rows = alerts
    .toSorted(byUrgency)
    .slice(0, rowsMax)
    .map((alert) => row(alert, nowMs, silenced.has(alert.fingerprint)));
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Alerts"><table><thead><tr><th>State</th><th>What</th><th class="number">Observed</th><th class="number">Limit</th><th class="number">Since</th><th>Explained by</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Which alerts to show, and the way to silences; undefined for the silences themselves. */
export function alertFilters(view: AlertsView | undefined): Html {
  const choices = alertViews.map((one) => {
    const current = one === view ? html` aria-current="true"` : false;
    return html`<a href="${one === "current" ? "/alerts" : path`/alerts?view=${one}`}"${current}>${one}</a>`;
  });
  const current = view === undefined && html` aria-current="true"`;
  return html`<div class="filters" role="group" aria-label="Which alerts">${choices}<a href="/silences"${current}>silences</a></div>`;
}

/** Alerts with what explains them. */
export function alertsPage({ view, ...data }: AlertsPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const { alerts } = data;
  const firing = alerts.filter((alert) => alert.state === "firing").length;
  const empty = emptyState(
    view === "current" ? "Nothing is wrong" : "No alerts",
    "Every rule is evaluated once a second. A breach that lasts is listed here, with the finding that explains it.",
  );
  const body = html`<header class="page-head"><div><h1>Alerts</h1><p class="faint">${firing > 0 ? html`<strong>${many(firing, "alert")}</strong> firing.` : "None firing."}</p></div></header>${alertFilters(view)}${alerts.length === 0 ? empty : alertTable(data)}`;
  return { title: firing > 0 ? `${firing} firing` : "Alerts", body };
}

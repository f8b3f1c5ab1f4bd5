import { type Html, html } from "@kontor/kit/html";
import type { Alert } from "../../alerts/alert.ts";
import { type AlertLabels, alertLabels } from "../../alerts/alert-labels.ts";
import { compileMatchers, type Matcher } from "../../alerts/matcher.ts";
import { type Silence, type SilenceState, silenceState } from "../../alerts/silence.ts";
import { alertFilters } from "./alerts-page.ts";
import {
  authorField,
  choiceField,
  durationChoices,
  type FormValues,
  formProblems,
  linesField,
  textField,
} from "./form-parts.ts";
import { emptyState } from "./layout.ts";
import { ago, formatAge, many } from "./page-formats.ts";
import { path } from "./page-path.ts";

const stateTones: Record<SilenceState, string> = { active: "warn", pending: "plain", expired: "plain" };
const shownMax = 200;

export const silenceFields = ["matchers", "minutes", "author", "reason"] as const;
export const silenceDurations = durationChoices({
  ...{ "30 minutes": 30, "1 hour": 60, "2 hours": 120, "4 hours": 240, "8 hours": 480 },
  ...{ "1 day": 1_440, "3 days": 4_320, "1 week": 10_080 },
});
const durationUsual = "60";

/** `service="core-erp"`, as amtool writes it and `parseMatcher` reads it. */
export function formatMatcher({ name, value, isRegex, isEqual }: Matcher): string {
  const operator = isRegex ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=";
  const quoted = value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n");
  return `${name}${operator}"${quoted}"`;
}

/** What a silence for exactly this alert is made of, one matcher a line. Its severity may change, so it is left out. */
export function matchersOfAlert(alert: Alert): string {
  const labels: AlertLabels = alertLabels(alert);
  return Object.entries(labels)
    .filter(([name]) => name !== "severity")
    .map(([name, value]) => formatMatcher({ name, value, isRegex: false, isEqual: true }))
    .join("\n");
}

export interface SilencesPageData {
  readonly silences: readonly Silence[];
  /** Those there are now, to say how many each silence holds back. */
  readonly alerts: readonly Alert[];
  readonly nowMs: number;
}

function ends(silence: Silence, nowMs: number): Html {
  if (silence.endsAtMs <= nowMs) return ago(silence.endsAtMs, nowMs);
  const until = new Date(silence.endsAtMs).toISOString();
  return html`<time datetime="${until}" title="${until}">in ${formatAge(silence.endsAtMs - nowMs)}</time>`;
}

function row(silence: Silence, labels: readonly AlertLabels[], nowMs: number): Html {
  const state = silenceState(silence, nowMs);
  const held = labels.filter(compileMatchers(silence.matchers)).length;
  const matchers = silence.matchers.map(
    (matcher) => html`<span class="sub mono">${formatMatcher(matcher)}</span>`,
  );
  const expire =
    state !== "expired" &&
    html`<form method="post" action="${path`/silences/${silence.id}/expire`}"><button class="quiet">Expire<span class="hidden"> silence of ${silence.createdBy}: ${silence.comment}</span></button></form>`;
  return html`<tr><td><span class="pill ${stateTones[state]}">${state}</span></td><td class="main">${silence.comment}<span class="sub">${silence.createdBy}</span></td><td class="main">${matchers}</td><td class="number">${state === "expired" ? "–" : held}</td><td class="number">${ends(silence, nowMs)}</td><td>${expire}</td></tr>`;
}

/** All silences: active ones first, each with what it holds back and a button that ends it. */
export function silencesPage({ silences, alerts, nowMs }: SilencesPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const labels = alerts.map(alertLabels);
  const active = silences.filter((silence) => silenceState(silence, nowMs) === "active").length;
  const rows = silences.slice(0, shownMax).map((silence) => row(silence, labels, nowMs));
  const left = silences.length - rows.length;
  const table = html`<div class="table-scroll" tabindex="0" role="region" aria-label="Silences"><table><thead><tr><th>State</th><th>Why</th><th>Of alerts with</th><th class="number">Holds back now</th><th class="number">Ends</th><th><span class="hidden">Change</span></th></tr></thead><tbody>${rows}</tbody></table></div>${left > 0 && html`<p class="more">${many(left, "more silence")} not shown</p>`}`;
  const none = emptyState(
    "No silences",
    "A silence holds back messages, for a time, with a reason. What it matches is still judged, listed and logged.",
  );
  const body = html`<header class="page-head"><div><h1>Silences</h1><p class="faint">${many(active, "silence")} active. Silenced alerts are judged and listed; nobody is told.</p></div><a class="button" href="/silences/new">New silence</a></header>${alertFilters(undefined)}${silences.length === 0 ? none : table}`;
  return { title: "Silences", body };
}

export interface SilenceFormData {
  readonly values: FormValues;
  readonly problems: readonly string[];
  /** Who acts, where that is known already. */
  readonly actor: string | undefined;
}

/** A form for a new silence; filled with what was typed when it was not taken. */
export function silenceFormPage({ values, problems, actor }: SilenceFormData): {
  readonly title: string;
  readonly body: Html;
} {
  const { matchers = "", minutes = "", author = "", reason = "" } = values;
  const hint =
    'One on each line; all must match: alertname, environment, namespace, service, endpoint, severity. Operators = != =~ !~, as in service=~"core-.*".';
  const body = html`<header class="page-head"><div><p class="eyebrow"><a href="/silences">Silences</a></p><h1>New silence</h1></div></header>
<form class="card form" method="post" action="/silences">${formProblems(problems)}
${linesField({ name: "matchers", label: "Alerts with", value: matchers, lengthMax: 8_000, hint })}
${choiceField("minutes", "For", silenceDurations, minutes === "" ? durationUsual : minutes)}
${authorField(author, actor)}
${textField({ name: "reason", label: "Reason", value: reason, lengthMax: 2_000, hint: "For the next one who wonders why nobody was told." })}
<p><button>Silence</button></p></form>`;
  return { title: "New silence", body };
}

import { type Html, html } from "@kontor/kit/html";
import type { DeadThresholdsView, RuleView } from "../api/services.routes.ts";
import { limitBar, ruleLabel } from "./alerts-page.ts";
import { emptyState } from "./layout.ts";
import { formatCount, formatInstant, formatValue, many } from "./page-formats.ts";
import { path } from "./page-path.ts";

export const ruleViews = ["all", "breach", "ok", "noData"] as const;
export type RulesView = (typeof ruleViews)[number];

const labels: Record<RulesView, string> = {
  all: "all",
  breach: "breached",
  ok: "kept",
  noData: "without data",
};
const statesOf: Record<Exclude<RulesView, "all">, readonly RuleView["state"][]> = {
  breach: ["breach", "between"],
  ok: ["ok"],
  noData: ["noData", "insufficient", "error"],
};
const stateOrder: readonly RuleView["state"][] = [
  "breach",
  "between",
  "error",
  "noData",
  "insufficient",
  "ok",
];
const stateTones: Record<RuleView["state"], "bad" | "warn" | "good" | "plain"> = {
  ...{ breach: "bad", between: "warn", error: "warn", noData: "warn" },
  ...{ insufficient: "plain", ok: "good" },
};
const stateLabels: Partial<Record<RuleView["state"], string>> = {
  noData: "no data",
  insufficient: "too few",
  ok: "kept",
};
const rowsShownMax = 500;

export interface RulesPageData {
  readonly rules: readonly RuleView[];
  readonly view: RulesView;
  readonly service: string | undefined;
  readonly evaluatedAt: string | null;
  readonly source: string;
  readonly dead: DeadThresholdsView;
}

function row(rule: RuleView): Html {
  const tone = stateTones[rule.state];
  const observed =
    rule.observed === null
      ? html`<span class="faint">–</span>`
      : html`${formatValue(rule.observed, rule.unit)}${limitBar(rule.observed, rule.limit, tone)}`;
  const windowSeconds = rule.effectiveWindowSeconds ?? rule.windowSeconds;
  const lasting = rule.forSeconds > 0 && ` for ${rule.forSeconds} s`;
  const clear =
    rule.clear !== rule.limit && html`<span class="sub">clear ${formatValue(rule.clear, rule.unit)}</span>`;
  const needed =
    rule.count !== null && html`<span class="sub">at least ${formatCount(rule.minRequests)}</span>`;
  return html`<tr class="${tone === "plain" ? "" : tone}"><td><span class="pill ${tone}">${stateLabels[rule.state] ?? rule.state}</span></td><td class="main"><span class="strong">${ruleLabel(rule.rule)}</span> <span class="faint mono">${rule.rule}</span><span class="sub">${rule.service}${rule.endpoint !== null && ` · ${rule.endpoint}`}</span></td><td class="number bar">${observed}</td><td class="number">${rule.bound === "max" ? "at most" : "at least"} ${formatValue(rule.limit, rule.unit)}${clear}</td><td class="number">${rule.count === null ? "–" : formatCount(rule.count)}${needed}</td><td class="number">${formatCount(Math.round(windowSeconds * 10) / 10)} s${lasting}</td><td>${rule.severity}</td></tr>`;
}

/** Rules with live values against their limits, breached ones first. */
export function ruleTable(rules: readonly RuleView[]): Html {
  const sorted = rules.toSorted(
    (a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) || (a.id < b.id ? -1 : 1),
  );
  const rows = sorted.slice(0, rowsShownMax).map(row);
  const left = sorted.length - rows.length;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Rules"><table><thead><tr><th>State</th><th>Rule</th><th class="number">Observed</th><th class="number">Limit</th><th class="number">Samples</th><th class="number">Window</th><th>Severity</th></tr></thead><tbody>${rows}</tbody></table></div>${left > 0 && html`<p class="more">${formatCount(left)} more not shown</p>`}`;
}

/** What in the file matches nothing, with what may have been meant. */
function deadBlock({ thresholds }: DeadThresholdsView): Html {
  if (thresholds.length === 0) return html``;
  const rows = thresholds.map(
    ({ path: place, line, message, suggestion }) =>
      html`<tr class="warn"><td class="number">${line}</td><td class="main"><span class="mono">${place}</span></td><td class="main">${message}${suggestion !== null && html`<span class="sub">did you mean ${suggestion}?</span>`}</td></tr>`,
  );
  return html`<details class="card block" open><summary>${many(thresholds.length, "threshold")} of the configuration ${thresholds.length === 1 ? "matches" : "match"} nothing that was seen since the start</summary><div class="apart table-scroll" tabindex="0" role="region" aria-label="Dead thresholds"><table><thead><tr><th class="number">Line</th><th>In observer_config.json</th><th>Why</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

/** Every rule of `observer_config.json`, with what the last tick saw. */
export function rulesPage({ rules, view, service, evaluatedAt, source, dead }: RulesPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const ofService = service === undefined ? rules : rules.filter((rule) => rule.service === service);
  const shown = view === "all" ? ofService : ofService.filter((rule) => statesOf[view].includes(rule.state));
  const choices = ruleViews.map((one) => {
    const current = one === view ? html` aria-current="true"` : false;
    const count =
      one === "all"
        ? ofService.length
        : ofService.filter((rule) => statesOf[one].includes(rule.state)).length;
    const href =
      service === undefined ? path`/rules?view=${one}` : path`/rules?view=${one}&service=${service}`;
    return html`<a href="${href}"${current}>${labels[one]} ${formatCount(count)}</a>`;
  });
  const only =
    service !== undefined &&
    html`<a href="${path`/rules?view=${view}`}" aria-current="true">${service} ×<span class="hidden"> show all services</span></a>`;
  const at =
    evaluatedAt === null
      ? "not evaluated yet"
      : `evaluated ${formatInstant(Date.parse(evaluatedAt))} UTC on ${source}`;
  const none = emptyState(
    "No such rules",
    "Limits stand in observer_config.json; each gives one rule for every service or endpoint it holds for.",
  );
  const body = html`<header class="page-head"><div><h1>Rules</h1><p class="faint">${many(ofService.length, "rule")}, ${at}.</p></div></header>${view === "all" && service === undefined && deadBlock(dead)}<div class="filters" role="group" aria-label="Which rules">${choices}${only}</div>${shown.length === 0 ? none : ruleTable(shown)}`;
  return { title: "Rules", body };
}

import { type Html, html } from "@kontor/kit/html";
import type { Alert, AlertTransition } from "../../alerts/alert.ts";
import { type OutsideLinks, rangeOfAlert } from "../../alerts/outside-links.ts";
import { findLimitDefinition } from "../../config/limit-keys.ts";
import { limitBar, ruleLabel, stateLabel, stateTone } from "./alerts-page.ts";
import { findingHref, prose, traceHref } from "./finding-parts.ts";
import { emptyState, tiles } from "./layout.ts";
import { outsideLink, outsideTraceLinks } from "./outside-parts.ts";
import { ago, formatAge, formatInstant, formatValue } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { routeHref } from "./route-page.ts";

export interface AlertPageData {
  readonly alert: Alert;
  /** Newest first; undefined while they cannot be read. */
  readonly transitions: readonly AlertTransition[] | undefined;
  readonly isSilenced: boolean;
  /** Of what the rule looks at; nothing for a rule that is no longer known. */
  readonly chart: Html;
  readonly outside: OutsideLinks;
  readonly nowMs: number;
}

/** One alert: what is wrong, how it went, what explains it and every change of its state. */
export function alertPage(data: AlertPageData): { readonly title: string; readonly body: Html } {
  const { alert, isSilenced, nowMs } = data;
  const { service, route, environment, namespace } = alert.subject;
  const name = route ?? service;
  const tone = stateTone(alert.state);
  const about = [service, environment, namespace].filter((part) => part !== "" && part !== "default");
  const silencing = isSilenced
    ? html`<a href="/silences">silenced</a>`
    : html`<a href="${path`/silences/new?alert=${alert.fingerprint}`}">Silence</a>`;
  const subject =
    route === undefined
      ? html`<a href="${path`/services/${service}`}">Its service</a>`
      : html`<a href="${routeHref(service, route)}">Its endpoint</a>`;
  const search = path`/traces?service=${service}&route=${route ?? ""}&order=slowest`;
  const body = html`<header class="page-head"><div><p class="eyebrow"><a href="/alerts">Alerts</a> <span class="mono">${alert.fingerprint}</span></p><h1>${name}: ${ruleLabel(alert.rule)}</h1><p><span class="pill ${tone}">${stateLabel(alert.state)}</span> ${alert.severity} · ${about.join(" · ")} · <span class="mono">${alert.rule}</span></p><p class="links">${subject} <a href="${search}">Slowest traces</a> ${outsideLink("Logs of the service", data.outside.serviceLogs(service, rangeOfAlert(alert, nowMs)))} ${silencing}</p></div>${figures(alert, nowMs)}</header>
${alert.reason !== undefined && html`<p class="note">${alert.reason}</p>`}
${data.chart}
${findings(data)}
${timeLine(data)}`;
  return { title: `${name}: ${ruleLabel(alert.rule)} ${stateLabel(alert.state)}`, body };
}

function figures(alert: Alert, nowMs: number): Html {
  const { observed, worst, limit, unit, rule, state } = alert;
  const bound = findLimitDefinition(rule)?.bound === "min" ? "at least" : "at most";
  const value = observed === undefined ? "–" : formatValue(observed, unit);
  return tiles([
    { label: "Observed", value, tone: state === "firing" ? "bad" : undefined },
    ...(worst === undefined ? [] : [{ label: "Worst", value: formatValue(worst, unit) }]),
    { label: "Limit", value: formatValue(limit, unit), note: bound },
    { label: "Since", value: ago(alert.sinceMs, nowMs), note: stateLabel(state) },
    ...(state === "firing" || alert.firedAtMs === undefined
      ? []
      : [{ label: "Fired", value: ago(alert.firedAtMs, nowMs) }]),
  ]);
}

function findings({ alert, outside, nowMs }: AlertPageData): Html {
  const { findings: list, traceIds } = alert;
  const range = rangeOfAlert(alert, nowMs);
  const items = list.map(
    ({ fingerprint, title, recommendation }) =>
      html`<article class="finding"><header><h3><a href="${findingHref(fingerprint)}">${title}</a></h3></header><p>${prose(recommendation)}</p></article>`,
  );
  const traces = traceIds.map(
    (id, at) =>
      html`<li><a class="mono" href="${traceHref(id)}">${id}</a>${at === 0 && " worst"} ${outsideTraceLinks(outside, id, range)}</li>`,
  );
  const none = html`<p class="faint">No finding explains it yet. Traces are diagnosed some seconds after they end.</p>`;
  return html`<section class="card" aria-labelledby="explained"><h2 id="explained">What explains it</h2>${items.length === 0 ? none : items}${traces.length > 0 && html`<h3 class="apart">Traces that show it</h3><ul>${traces}</ul>`}</section>`;
}

/** Every change of state that is kept, with the value it was decided on. */
function timeLine({ transitions, nowMs }: AlertPageData): Html {
  const title = html`<h2 id="time-line">Time line</h2>`;
  if (transitions === undefined) {
    return html`<section class="block" aria-labelledby="time-line">${title}<p class="note">It cannot be read now: the observer's database does not answer.</p></section>`;
  }
  const rows = transitions.map(({ alert, from, to, atMs, configurationHash, source }, at) => {
    const next = transitions[at - 1];
    const lasted = formatAge((next?.atMs ?? nowMs) - atMs);
    const observed =
      alert.observed === undefined
        ? html`<span class="faint">no value</span>`
        : html`${formatValue(alert.observed, alert.unit)}${limitBar(alert.observed, alert.limit, stateTone(to))}`;
    return html`<tr class="${stateTone(to)}"><td class="number left">${formatInstant(atMs)}</td><td><span class="pill ${stateTone(to)}">${stateLabel(to)}</span><span class="sub">after ${stateLabel(from)}</span></td><td class="number bar">${observed}</td><td class="number">${formatValue(alert.limit, alert.unit)}</td><td class="number">${next === undefined ? `${lasted} so far` : lasted}</td><td class="main">${alert.reason ?? ""}<span class="sub">decided on ${source}, configuration <span class="mono">${configurationHash.slice(0, 8)}</span></span></td></tr>`;
  });
  const none = emptyState(
    "No change is kept",
    "Changes of state are listed here as soon as they are stored.",
  );
  const table = html`<div class="table-scroll" tabindex="0" role="region" aria-label="Changes of state"><table><thead><tr><th>When (UTC)</th><th>State</th><th class="number">Observed</th><th class="number">Limit</th><th class="number">Lasted</th><th>Decided</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<section class="block" aria-labelledby="time-line">${title}${rows.length === 0 ? none : table}</section>`;
}

import { type Html, html } from "@kontor/kit/html";
import { formatMs } from "../../diagnosis/texts.ts";
import { reportFormatLabels, reportFormats } from "../../reports/report-files.ts";
import {
  formatDuration,
  formatInstant,
  formatRange,
  formatShare,
  formatValue,
} from "../../reports/report-formats.ts";
import type { Bottleneck, Breach, OptimisationReport, SlowEndpoint } from "../../reports/report-schema.ts";
import {
  describeDuration,
  describeEffect,
  describeObserved,
  describeState,
  describeWhere,
  emptyTexts,
  labelDetector,
  listKeyFigures,
} from "../../reports/report-texts.ts";
import { findingHref, findingState, traceHref } from "./finding-parts.ts";
import { emptyState, shareBar, tiles } from "./layout.ts";
import { formatCount, many } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { routeHref } from "./route-page.ts";

export interface ReportPageData {
  readonly report: OptimisationReport;
  /** Address of the same report in the API, a path made by `path`; formats are added to it. */
  readonly address: string;
  /** Which period to show; nothing for a report that is kept. */
  readonly periods: Html;
  /** How it came to be, in words. */
  readonly origin: string;
}

const bottlenecksMax = 30;
const breachesMax = 50;

/** The optimisation report on one page: what hurts, what was done about it, what that brought. */
export function reportPage({ report, address, periods, origin }: ReportPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const { period, headline, tone } = report;
  const figures = tiles(
    listKeyFigures(report).map(({ tone: colour, note, ...figure }) => ({
      ...figure,
      tone: colour === "plain" ? undefined : colour,
      note: note === "" ? undefined : note,
    })),
  );
  const body = html`<header class="page-head"><div><p class="eyebrow"><a href="/reports">Reports</a></p><h1>Optimisation report</h1><p class="faint">${formatRange(period.from, period.to)}, ${origin} ${formatInstant(period.generatedAt)} UTC.</p><p class="links">${formatLinks(address)}</p></div>${figures}</header>
${periods}
<p class="headline ${tone}">${headline}</p>
${block("bottlenecks", "Bottlenecks", bottlenecks(report))}
${block("breaches", "Breaches", breaches(report))}
${block("endpoints", "Slow endpoints", slowEndpoints(report))}
${block("deployments", "Deployments", deployments(report))}
<details class="card"><summary>Where the figures come from</summary><dl class="facts apart">${report.appendix.map(({ figure, source }) => html`<div><dt>${figure}</dt><dd>${source}</dd></div>`)}</dl></details>`;
  return { title: "Optimisation report", body };
}

/** The same report in every format. @param address without a format */
export function formatLinks(address: string): Html {
  const glue = address.includes("?") ? "&" : "?";
  return html`${reportFormats.map((format) => html`<a href="${address}${glue}format=${format}">${reportFormatLabels[format]}</a> `)}`;
}

function block(id: string, title: string, content: Html): Html {
  return html`<section class="block" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

function table(label: string, head: Html, rows: readonly Html[], shownMax: number, total: number): Html {
  const left = total - Math.min(total, shownMax);
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="${label}, table"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>${left > 0 && html`<p class="more">${formatCount(left)} more in the report as a file</p>`}`;
}

function bottlenecks({ bottlenecks: list }: OptimisationReport): Html {
  if (list.length === 0) return emptyState("No bottleneck", emptyTexts.bottlenecks);
  const mostMs = list.reduce((most, one) => Math.max(most, one.impact.lostMs), 1);
  const rows = list.slice(0, bottlenecksMax).map((one) => bottleneckRow(one, mostMs));
  const head = html`<th>Bottleneck</th><th class="number">Time lost</th><th class="number">Traces</th><th class="number">Expected</th><th>State</th><th>Measured effect</th>`;
  return table("Bottlenecks", head, rows, bottlenecksMax, list.length);
}

function bottleneckRow(one: Bottleneck, mostMs: number): Html {
  const { impact, expectedEffect, state, measuredEffect } = one;
  const expected = expectedEffect.perRequestMs > 0 ? `\u2212${formatMs(expectedEffect.perRequestMs)}` : "–";
  const story = describeState(one).slice(state.name.length);
  const verdict = measuredEffect === null ? undefined : measuredEffect.verdict;
  const share =
    impact.shareOfEndpointTime !== null &&
    html`<span class="sub">${formatShare(impact.shareOfEndpointTime)} of the endpoint</span>`;
  return html`<tr><td class="main"><a href="${findingHref(one.fingerprint)}">${one.title}</a><span class="sub">${describeWhere(one)} · ${labelDetector(one.detector)}</span></td><td class="number bar">${formatDuration(impact.lostMs)}${shareBar(impact.lostMs / mostMs, "warn")}${share}</td><td class="number">${formatCount(impact.occurrences)}</td><td class="number">${expected}<span class="sub">a request</span></td><td>${findingState(state.name)}<span class="sub">${story}</span></td><td class="effect">${verdict !== undefined && effectPill(verdict)}<span class="sub">${describeEffect(one)}</span></td></tr>`;
}

function effectPill(verdict: NonNullable<Bottleneck["measuredEffect"]>["verdict"]): Html {
  const tone = verdict === "faster" ? "good" : verdict === "slower" ? "bad" : "plain";
  return html`<span class="pill ${tone}">${verdict}</span>`;
}

function breaches({ breaches: list }: OptimisationReport): Html {
  if (list.length === 0) return emptyState("No breach", emptyTexts.breaches);
  const head = html`<th>What</th><th class="number">Worst</th><th class="number">Limit</th><th>Since (UTC)</th><th class="number">Lasted</th><th>Explained by</th>`;
  return table("Breaches", head, list.slice(0, breachesMax).map(breachRow), breachesMax, list.length);
}

function breachRow(breach: Breach): Html {
  const { observed, limit } = describeObserved(breach);
  const tone = breach.ended !== null ? "" : breach.kind === "breach" ? "bad" : "warn";
  const causes = breach.findings.map(
    ({ fingerprint, title }) => html`<a class="sub" href="${findingHref(fingerprint)}">${title}</a>`,
  );
  const [worst] = breach.traces;
  const trace =
    worst !== undefined && html`<a class="sub" href="${traceHref(worst.traceId)}">worst trace</a>`;
  return html`<tr class="${tone}"><td class="main"><a href="${path`/alerts/${breach.fingerprint}`}">${breach.endpoint ?? breach.service}</a><span class="sub">${breach.service} · ${breach.rule} · ${breach.severity}</span></td><td class="number">${observed}</td><td class="number">${limit}</td><td class="number left">${formatInstant(breach.begun)}</td><td class="number">${describeDuration(breach)}</td><td class="main">${causes}${trace}</td></tr>`;
}

function slowEndpoints({ slowEndpoints: list }: OptimisationReport): Html {
  if (list.length === 0) return emptyState("No request", emptyTexts.endpoints);
  const head = html`<th>Endpoint</th><th class="number">Requests</th><th class="number">Failed</th><th class="number">p50</th><th class="number">p95</th><th class="number">Limit</th><th class="number">Share of all time</th><th class="number">Slowest</th>`;
  return table("Slow endpoints", head, list.map(endpointRow), list.length, list.length);
}

function endpointRow(one: SlowEndpoint): Html {
  const isOver = one.limitMs !== null && one.p95Ms > one.limitMs;
  const limit = one.limitMs === null ? "–" : formatValue(one.limitMs, "ms");
  return html`<tr class="${isOver ? "bad" : ""}"><td class="main"><a href="${routeHref(one.service, one.route)}">${one.route}</a><span class="sub">${one.service}${one.bottlenecks > 0 && ` · ${many(one.bottlenecks, "bottleneck")}`}</span></td><td class="number">${formatCount(one.requests)}</td><td class="number">${formatShare(one.requests > 0 ? one.failed / one.requests : 0)}</td><td class="number">${formatMs(one.p50Ms)}</td><td class="number${isOver ? " tone-bad" : ""}">${formatMs(one.p95Ms)}</td><td class="number">${limit}</td><td class="number bar">${formatShare(one.shareOfTime)}${shareBar(one.shareOfTime)}</td><td class="number"><a href="${traceHref(one.slowestTrace.traceId)}">${formatMs(one.slowestMs)}</a></td></tr>`;
}

function deployments({ deployments: list }: OptimisationReport): Html {
  if (list.length === 0) return emptyState("No deployment", emptyTexts.deployments);
  const rows = list.map(
    (one) =>
      html`<tr><td class="number left">${formatInstant(one.deployedAt)}</td><td>${one.service}</td><td class="mono">${one.version}</td><td>${one.announcedBy ?? "noticed in telemetry"}</td><td class="main">${one.note ?? ""}</td></tr>`,
  );
  const head = html`<th>When (UTC)</th><th>Service</th><th>Version</th><th>Announced by</th><th>Note</th>`;
  return table("Deployments", head, rows, rows.length, rows.length);
}

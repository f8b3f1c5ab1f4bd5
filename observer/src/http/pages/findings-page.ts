import { type Html, html } from "@kontor/kit/html";
import {
  type Finding,
  type FindingState,
  findingStates,
  isSettled,
  unsolvedStates,
} from "../../diagnosis/finding.ts";
import { formatMs } from "../../diagnosis/texts.ts";
import { detectorBadge, findingHref, findingState } from "./finding-parts.ts";
import { emptyState, shareBar } from "./layout.ts";
import { ago, formatCount, many } from "./page-formats.ts";
import { path } from "./page-path.ts";

export interface FindingsPageData {
  /** Largest impact first. */
  readonly findings: readonly Finding[];
  /** The state asked for; undefined shows all. */
  readonly state: FindingState | undefined;
  readonly nowMs: number;
}

function filters(state: FindingState | undefined): Html {
  const links = [undefined, ...findingStates].map((one) => {
    const current = one === state ? html` aria-current="true"` : false;
    return html`<a href="${one === undefined ? "/findings" : path`/findings?state=${one}`}"${current}>${one ?? "all"}</a>`;
  });
  return html`<div class="filters" role="group" aria-label="State">${links}</div>`;
}

function row(finding: Finding, mostMs: number, nowMs: number): Html {
  const { impact } = finding;
  const where = [finding.service, finding.route].filter((part) => part !== undefined).join(" · ");
  const tone = unsolvedStates.includes(finding.state) ? "warn" : isSettled(finding.state) ? "good" : "";
  return html`<tr class="${tone}"><td class="main"><a href="${findingHref(finding.fingerprint)}">${finding.title}</a><span class="sub">${where}${finding.place !== finding.route && html` · <span class="mono">${finding.place}</span>`}</span></td><td>${detectorBadge(finding.detector)}</td><td class="number bar">${formatMs(impact.totalTimeMs)}${shareBar(impact.totalTimeMs / mostMs, "warn")}</td><td class="number">${formatCount(impact.occurrences)}<span class="sub">${impact.tracesPerMinute.toFixed(1)}/min</span></td><td class="number">${formatMs(finding.expectedGainMs)}</td><td class="number">${ago(finding.lastSeenMs, nowMs)}</td><td>${findingState(finding.state)}</td></tr>`;
}

/** All findings, largest impact first. */
export function findingsPage({ findings, state, nowMs }: FindingsPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const mostMs = findings.reduce((most, one) => Math.max(most, one.impact.totalTimeMs), 0);
  const rows = findings.map((finding) => row(finding, mostMs, nowMs));
  const table = html`<div class="table-scroll" tabindex="0" role="region" aria-label="Findings"><table><thead><tr><th>Finding</th><th>Kind</th><th class="number">Time lost</th><th class="number">Traces</th><th class="number">Gain a request</th><th class="number">Last seen</th><th>State</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const empty = emptyState(
    state === undefined ? "No findings" : `No ${state} findings`,
    "Every trace is diagnosed five seconds after its last span. What the detectors find in it is listed here.",
  );
  const body = html`<header class="page-head"><div><h1>Findings</h1><p class="faint">What makes requests slow, by time lost. ${many(findings.length, "finding")}.</p></div></header>${filters(state)}${findings.length === 0 ? empty : table}`;
  return { title: "Findings", body };
}

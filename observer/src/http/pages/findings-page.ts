import { type Html, html } from "@kontor/kit/html";
import type { Finding } from "../../diagnosis/finding.ts";
import { formatMs } from "../../diagnosis/texts.ts";
import {
  detectorBadge,
  findingHref,
  findingState,
  prose,
  statementBlock,
  traceHref,
} from "./finding-parts.ts";
import {
  authorField,
  choiceField,
  durationChoices,
  type FormValues,
  formProblems,
  textField,
} from "./form-parts.ts";
import { emptyState, shareBar, tiles } from "./layout.ts";
import { ago, formatCount, instant, many } from "./page-formats.ts";
import { path } from "./page-path.ts";

export const findingStates = ["open", "acknowledged", "resolved"] as const;

export interface FindingsPageData {
  /** Largest impact first. */
  readonly findings: readonly Finding[];
  /** The state asked for; undefined shows all. */
  readonly state: Finding["state"] | undefined;
  readonly nowMs: number;
}

function filters(state: Finding["state"] | undefined): Html {
  const links = [undefined, ...findingStates].map((one) => {
    const current = one === state ? html` aria-current="true"` : false;
    return html`<a href="${one === undefined ? "/findings" : path`/findings?state=${one}`}"${current}>${one ?? "all"}</a>`;
  });
  return html`<div class="filters" role="group" aria-label="State">${links}</div>`;
}

function row(finding: Finding, mostMs: number, nowMs: number): Html {
  const { impact } = finding;
  const where = [finding.service, finding.route].filter((part) => part !== undefined).join(" · ");
  const tone = finding.state === "open" ? "warn" : finding.state === "resolved" ? "good" : "";
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

function evidence(finding: Finding): Html {
  const worstMs = finding.evidence[0]?.timeMs ?? 0;
  const rows = finding.evidence.map(
    ({ traceId, spanIds, timeMs }) =>
      html`<tr><td><a class="mono" href="${traceHref(traceId)}#finding-${finding.fingerprint}">${traceId}</a></td><td class="number">${many(spanIds.length, "span")}</td><td class="number bar">${formatMs(timeMs)}${shareBar(timeMs / worstMs, "warn")}</td></tr>`,
  );
  return html`<section class="card" aria-labelledby="evidence"><h2 id="evidence">Worst traces</h2><table><thead><tr><th>Trace</th><th class="number">Evidence</th><th class="number">Time spent on it</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}

export const acknowledgeFields = ["minutes", "author", "reason"] as const;
export const acknowledgeDurations = durationChoices({
  ...{ "1 day": 1_440, "1 week": 10_080, "2 weeks": 20_160, "30 days": 43_200, "90 days": 129_600 },
});
const durationUsual = "20160";

/** Accepting a finding for a while; open at once when what was sent was not taken. */
function acknowledging(finding: Finding, form: AcknowledgeForm): Html {
  const { minutes = "", author = "", reason = "" } = form.values;
  const open = form.problems.length > 0 && html` open`;
  const verb = finding.state === "acknowledged" ? "Acknowledge anew" : "Acknowledge";
  return html`<details class="card"${open}><summary>${verb}: accept it for a while</summary><form class="form" method="post" action="${findingHref(finding.fingerprint)}/acknowledge">${formProblems(form.problems)}${choiceField("minutes", "For", acknowledgeDurations, minutes === "" ? durationUsual : minutes)}${authorField(author, form.actor)}${textField({ name: "reason", label: "Reason", value: reason, lengthMax: 2_000, hint: "After that time it is open again if it still occurs." })}<p><button>${verb}</button></p></form></details>`;
}

export interface AcknowledgeForm {
  readonly values: FormValues;
  readonly problems: readonly string[];
  /** Who acts, where that is known already. */
  readonly actor: string | undefined;
}

/** One finding: what it costs, how to mend it, where it shows. */
export function findingPage(
  finding: Finding,
  nowMs: number,
  form: AcknowledgeForm,
): { readonly title: string; readonly body: Html } {
  const { impact } = finding;
  const figures = tiles([
    { label: "Expected gain", value: formatMs(finding.expectedGainMs), tone: "good", note: "a request" },
    {
      label: "Time lost",
      value: formatMs(impact.totalTimeMs),
      note: `in ${many(impact.occurrences, "trace")}`,
    },
    { label: "Rate", value: impact.tracesPerMinute.toFixed(1), note: "traces a minute" },
    { label: "Last seen", value: ago(finding.lastSeenMs, nowMs) },
  ]);
  const statement =
    finding.statement !== undefined &&
    html`<section class="card" aria-labelledby="statement"><h2 id="statement">Statement</h2>${statementBlock(finding.statement)}</section>`;
  const route = finding.route !== undefined && html`<div><dt>Route</dt><dd>${finding.route}</dd></div>`;
  const body = html`<header class="page-head"><div><p class="eyebrow"><a href="/findings">Findings</a> <span class="mono">${finding.fingerprint}</span></p><h1>${finding.title}</h1><p>${detectorBadge(finding.detector)} ${findingState(finding.state)}</p></div>${figures}</header>
<section class="card" aria-labelledby="recommendation"><h2 id="recommendation">What to do</h2><p class="lead">${prose(finding.recommendation)}</p></section>
${statement}
<section class="card" aria-labelledby="place"><h2 id="place">Place</h2><dl class="facts"><div><dt>Service</dt><dd>${finding.service}</dd></div>${route}<div><dt>In the code</dt><dd class="mono">${finding.place}</dd></div><div><dt>First seen</dt><dd>${instant(finding.firstSeenMs)}</dd></div></dl></section>
${evidence(finding)}
${acknowledging(finding, form)}`;
  return { title: finding.title, body };
}

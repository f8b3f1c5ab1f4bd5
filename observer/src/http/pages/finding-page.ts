import { type Html, html } from "@kontor/kit/html";
import { type OutsideLinks, rangeOfFinding } from "../../alerts/outside-links.ts";
import { formatMs } from "../../diagnosis/texts.ts";
import { describeEffect } from "../../reports/report-texts.ts";
import type { FindingStep, TrackedFinding } from "../../reports/tracked-finding.ts";
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
import { shareBar, tiles } from "./layout.ts";
import { outsideTraceLinks } from "./outside-parts.ts";
import { ago, instant, many } from "./page-formats.ts";

export const acknowledgeFields = ["minutes", "author", "reason"] as const;
export const acknowledgeDurations = durationChoices({
  ...{ "1 day": 1_440, "1 week": 10_080, "2 weeks": 20_160, "30 days": 43_200, "90 days": 129_600 },
});
const durationUsual = "20160";

export const appliedFields = ["appliedBy", "version", "note"] as const;

/** A form as it was sent before, and why it was not taken. */
export interface SentForm {
  readonly values: FormValues;
  readonly problems: readonly string[];
}

export interface FindingPageData {
  readonly finding: TrackedFinding;
  /** Newest first; undefined while they cannot be read. */
  readonly steps: readonly FindingStep[];
  readonly nowMs: number;
  readonly outside: OutsideLinks;
  /** Who acts, where that is known already. */
  readonly actor: string | undefined;
  readonly acknowledging?: SentForm | undefined;
  readonly applying?: SentForm | undefined;
}

const unsent: SentForm = { values: {}, problems: [] };

/** One finding: what it costs, how to mend it, where it shows, how far it is. */
export function findingPage(data: FindingPageData): { readonly title: string; readonly body: Html } {
  const { finding, nowMs } = data;
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
${progress(data)}
${evidence(data)}
${applying(data)}
${acknowledging(data)}`;
  return { title: finding.title, body };
}

function evidence({ finding, outside }: FindingPageData): Html {
  const range = rangeOfFinding(finding);
  const worstMs = finding.evidence[0]?.timeMs ?? 0;
  const rows = finding.evidence.map(
    ({ traceId, spanIds, timeMs }) =>
      html`<tr><td><a class="mono" href="${traceHref(traceId)}#finding-${finding.fingerprint}">${traceId}</a> ${outsideTraceLinks(outside, traceId, range)}</td><td class="number">${many(spanIds.length, "span")}</td><td class="number bar">${formatMs(timeMs)}${shareBar(timeMs / worstMs, "warn")}</td></tr>`,
  );
  return html`<section class="card" aria-labelledby="evidence"><h2 id="evidence">Worst traces</h2><table><thead><tr><th>Trace</th><th class="number">Evidence</th><th class="number">Time spent on it</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}

const explained: Record<TrackedFinding["state"], string> = {
  open: "It occurs, and nobody has said anything of it.",
  reopened: "It occurs again.",
  acknowledged: "Somebody accepts it for a while. If it still occurs after that, it is reopened.",
  applied: "It was mended, as somebody said or a new version shows. What that brings is being measured.",
  validated: "It is gone, and what that brought was measured. If it returns, it is reopened.",
  resolved: "It has not been seen in so many requests that it must be gone. If it returns, it is reopened.",
};

/** From open to validated: where it stands, and every step of the way. */
function progress({ finding, steps, nowMs }: FindingPageData): Html {
  const rows = steps.map(
    (step) =>
      html`<tr><td>${findingState(step.state)}</td><td class="main">${describeStep(step, finding)}</td><td class="number">${ago(step.atMs, nowMs)}</td></tr>`,
  );
  const table =
    rows.length > 0 &&
    html`<table><thead><tr><th>State</th><th>How</th><th class="number">When</th></tr></thead><tbody>${rows}</tbody></table>`;
  return html`<section class="card" aria-labelledby="progress"><h2 id="progress">How far it is</h2><p>${findingState(finding.state)} ${explained[finding.state]}</p>${table}</section>`;
}

function describeStep(step: FindingStep, { service }: TrackedFinding): Html {
  const { state, actor, version, note, effect } = step;
  const how = {
    open: "seen for the first time",
    reopened: "seen again",
    acknowledged: "accepted",
    applied: version === undefined ? "mended" : `mended with version ${version}`,
    validated: version === undefined ? "gone" : `gone with version ${version}`,
    resolved: "not seen any more",
  }[state];
  const who = actor === undefined ? "" : `, ${actor} says`;
  const why = note !== undefined && html`<span class="sub">${note}</span>`;
  const brought =
    effect !== undefined &&
    html`<span class="sub">${describeEffect({ measuredEffect: effect, unmeasured: null, service })}</span>`;
  return html`${how}${who}${why}${brought}`;
}

/** Saying that it was mended; open at once when what was sent was not taken. */
function applying({ finding, actor, applying: sent = unsent }: FindingPageData): Html {
  const { appliedBy = "", version = "", note = "" } = sent.values;
  const open = sent.problems.length > 0 && html` open`;
  const hint = "Leave it empty for a change without one, such as an index: then it counts from now on.";
  return html`<details class="card"${open}><summary>Mended: say so, and have the effect measured</summary><form class="form" method="post" action="${findingHref(finding.fingerprint)}/applied">${formProblems(sent.problems)}${authorField(appliedBy, actor, "appliedBy")}${textField({ name: "version", label: "Version that brings it", value: version, lengthMax: 200, hint, isOptional: true })}${textField({ name: "note", label: "What was done", value: note, lengthMax: 2_000, isOptional: true })}<p><button>Mended</button></p></form></details>`;
}

/** Accepting a finding for a while; open at once when what was sent was not taken. */
function acknowledging({ finding, actor, acknowledging: sent = unsent }: FindingPageData): Html {
  const { minutes = "", author = "", reason = "" } = sent.values;
  const open = sent.problems.length > 0 && html` open`;
  const verb = finding.state === "acknowledged" ? "Acknowledge anew" : "Acknowledge";
  return html`<details class="card"${open}><summary>${verb}: accept it for a while</summary><form class="form" method="post" action="${findingHref(finding.fingerprint)}/acknowledge">${formProblems(sent.problems)}${choiceField("minutes", "For", acknowledgeDurations, minutes === "" ? durationUsual : minutes)}${authorField(author, actor)}${textField({ name: "reason", label: "Reason", value: reason, lengthMax: 2_000, hint: "After that time it is reopened if it still occurs." })}<p><button>${verb}</button></p></form></details>`;
}

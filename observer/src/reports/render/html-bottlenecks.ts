import { type Html, html } from "@kontor/kit/html";
import { formatMs } from "../../diagnosis/texts.ts";
import { formatCount, formatDuration, formatInstant, many } from "../report-formats.ts";
import type { Bottleneck, EffectSide, MeasuredEffect } from "../report-schema.ts";
import {
  describeEffect,
  describeExpected,
  describeFigure,
  describeImpact,
  describeState,
  describeWhere,
  labelDetector,
  layOutStatement,
} from "../report-texts.ts";
import { link } from "./html-link.ts";

const stateTones = {
  ...({ open: "bad", reopened: "bad", acknowledged: "warn" } as const),
  ...({ applied: "warn", validated: "good", resolved: "good" } as const),
};
const effectTones = {
  faster: "good",
  slower: "bad",
  mixed: "warn",
  unchanged: "",
  "not enough data": "",
} as const;

/** One bottleneck with everything that is known of it. */
export function bottleneckCard(one: Bottleneck): Html {
  const { impact } = one;
  const evidence = one.evidence.map(
    ({ traceId, url, timeMs, spans }) =>
      html`${link(traceId.slice(0, 16), url)}<span class="muted">${formatMs(timeMs)} in ${many(spans, "span")}</span><br>`,
  );
  return html`<article class="card"><header><span class="rank">${one.rank}</span><h3>${link(one.title, one.url)}</h3><div class="where">${describeWhere(one)} · ${labelDetector(one.detector)} · <code>${one.place}</code></div><div class="cost"><b>${formatDuration(impact.lostMs)}</b><span>lost in ${many(impact.occurrences, "trace")}</span></div></header>
<p class="advice">${prose(one.recommendation)}</p>${one.statement !== null && html`<pre><code>${layOutStatement(one.statement)}</code></pre>`}
<dl class="facts"><dt>State</dt><dd>${statePill(one)} ${describeState(one).slice(one.state.name.length)}</dd><dt>Impact</dt><dd>${describeImpact(one)}</dd><dt>Expected effect</dt><dd>${describeExpected(one)}</dd><dt>Measured effect</dt><dd>${measuredEffect(one)}</dd><dt>Evidence</dt><dd>${evidence.length === 0 ? "no trace kept" : evidence}</dd><dt>Seen</dt><dd>${formatInstant(one.firstSeen)} to ${formatInstant(one.lastSeen)} UTC</dd></dl></article>
`;
}

/** A recommendation, with what stands between backticks as code. */
function prose(text: string): Html {
  const parts = text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
  return html`${parts}`;
}

function statePill({ state: { name } }: Bottleneck): Html {
  return html`<span class="pill ${stateTones[name]}">${name}</span>`;
}

function measuredEffect(one: Bottleneck): Html {
  const effect = one.measuredEffect;
  const text = describeEffect(one);
  if (effect === null || effect.verdict === "not enough data") return html`${text}`;
  return html`${effectPills(effect)} ${text}${effectTable(effect)}`;
}

function effectPills({ verdict, isGone }: MeasuredEffect): Html {
  return html`<span class="pill ${effectTones[verdict]}">${verdict}</span>${isGone && html` <span class="pill good">not seen any more</span>`}`;
}

function effectTable({ before, after }: MeasuredEffect): Html {
  const row = (name: string, side: EffectSide): Html =>
    html`<tr><th scope="row">${name}</th><td>${side.version ?? "–"}</td><td class="n">${formatCount(side.requests)}</td><td class="n">${formatCount(side.occurrences)}</td><td class="n">${describeFigure(side.medianMs)}</td><td class="n">${describeFigure(side.p95Ms)}</td></tr>`;
  return html`<div class="sides"><table class="effect"><thead><tr><td></td><th>Version</th><th class="n">Requests</th><th class="n">With the finding</th><th class="n">Median, 95 % confidence</th><th class="n">p95, 95 % confidence</th></tr></thead><tbody>${row("Before", before)}${row("After", after)}</tbody></table></div>`;
}

/** Bottlenecks in a line each. */
export function briefTable(title: string, list: readonly Bottleneck[]): Html {
  const rows = list.map(
    (one) =>
      html`<tr><td class="main">${link(one.title, one.url)}<span class="sub">${describeWhere(one)}</span></td><td>${describeImpact(one)}</td><td class="t">${formatInstant(one.lastSeen)}</td><td>${statePill(one)}<span class="sub">${describeState(one).slice(one.state.name.length)}</span></td><td>${one.measuredEffect !== null && effectPills(one.measuredEffect)}<span class="sub">${describeEffect(one)}</span></td></tr>`,
  );
  return html`<h3 class="quiet">${title}</h3><div class="scroll" tabindex="0" role="region" aria-label="${title}"><table><thead><tr><th>Bottleneck</th><th>Impact</th><th>Last seen (UTC)</th><th>State</th><th>Measured effect</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

import { Html, html } from "@kontor/kit/html";
import { pageColours, toPageChart } from "../charts/render-chart.ts";
import { drawCourse, drawLostTime, listCharted } from "../charts/report-charts.ts";
import { cut, withVisibleTexts } from "../clean-text.ts";
import { formatDuration, formatDurationTick, formatInstant, formatRange, many } from "../report-formats.ts";
import type { OptimisationReport } from "../report-schema.ts";
import { divideBottlenecks, emptyTexts, listKeyFigures } from "../report-texts.ts";
import { bottleneckCard, briefTable } from "./html-bottlenecks.ts";
import { breachTable, deploymentTable, endpointTable } from "./html-tables.ts";
import { reportStyle } from "./report-style.ts";

const titleMax = 160;

/** The report as one HTML page: no scripts, nothing from elsewhere, light or dark as the reader has it, printable. */
export function renderHtml(raw: OptimisationReport): string {
  const report = withVisibleTexts(raw);
  const { period } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Optimisation report, ${formatRange(period.from, period.to)}</title>
<style>${new Html(reportStyle)}</style>
</head>
<body>
<main>
<header class="lead ${report.tone}">
<h1>Optimisation report</h1>
<p class="headline">${report.headline}</p>
<p class="muted">${formatRange(period.from, period.to)}, made ${formatInstant(period.generatedAt)} UTC</p>
</header>
${keyFigures(report)}
<h2>Bottlenecks</h2>
${bottlenecks(report)}
<h2>Breaches</h2>
${report.breaches.length === 0 ? empty(emptyTexts.breaches) : breachTable(report.breaches)}
<h2>Slow endpoints</h2>
${courses(report)}
${report.slowEndpoints.length === 0 ? empty(emptyTexts.endpoints) : endpointTable(report.slowEndpoints)}
<h2>Deployments</h2>
${report.deployments.length === 0 ? empty(emptyTexts.deployments) : deploymentTable(report.deployments)}
<h2>Where the figures come from</h2>
<dl class="facts sources">${report.appendix.map(({ figure, source }) => html`<dt>${figure}</dt><dd>${source}</dd>`)}</dl>
<footer>Kontor observer. The same report as JSON holds every figure unrounded.</footer>
</main>
</body>
</html>
`.toString();
}

function empty(text: string): Html {
  return html`<p class="empty">${text}</p>`;
}

function keyFigures(report: OptimisationReport): Html {
  const items = listKeyFigures(report).map(
    ({ label, value, note, tone }) =>
      html`<div class="${tone}"><dt>${label}</dt><dd>${value}</dd><dd class="note">${note}</dd></div>`,
  );
  return html`<dl class="figures">${items}</dl>`;
}

function bottlenecks(report: OptimisationReport): Html {
  const { bottlenecks: list } = report;
  if (list.length === 0) return empty(emptyTexts.bottlenecks);
  const { detailed, brief } = divideBottlenecks(list);
  const cards = detailed.length === 0 ? empty("None was seen in this period.") : detailed.map(bottleneckCard);
  return html`${lostTime(report)}${cards}${brief.map((part) => briefTable(part.title, part.list))}`;
}

function lostTime(report: OptimisationReport): Html | false {
  const look = { colours: pageColours, fontFamily: "system-ui, sans-serif", width: 1000 };
  const svg = drawLostTime(report, look);
  if (svg === undefined) return false;
  const charted = listCharted(report.bottlenecks, look);
  const keys = charted.map(
    ({ rank, title }, at) =>
      html`<li><span class="key k${at + 1}"></span><span>${rank}. ${cut(title, titleMax)}</span></li>`,
  );
  const rest = report.bottlenecks.filter((one) => one.course.length > 0 && !charted.includes(one)).length;
  const others = rest > 0 && html`<li><span class="key k0"></span><span>${many(rest, "other")}</span></li>`;
  const lost = formatDuration(report.bottlenecks.reduce((sum, { impact }) => sum + impact.lostMs, 0));
  return html`<figure class="wide" aria-label="Time lost to bottlenecks over the period, ${lost} in total"><figcaption>Time lost <span class="muted">of all requests, for each minute; dashed lines are deployments</span></figcaption>${chart(svg, "lost")}<ul class="legend">${keys}${others}</ul></figure>`;
}

function courses(report: OptimisationReport): Html | false {
  if (report.courses.length === 0) return false;
  const look = { colours: pageColours, fontFamily: "system-ui, sans-serif", width: 500 };
  const figures = report.courses.map((course, at) => {
    const svg = chart(drawCourse(course, report, look), `course-${at}`);
    return html`<figure><figcaption>${course.route} <span class="muted">${course.service}</span></figcaption>${svg}</figure>`;
  });
  const slot = formatDurationTick(report.period.slotMs);
  return html`<p class="muted note">p95 (line) and median (dashed) for each ${slot}; red grounds are breaches.</p><div class="courses">${figures}</div>`;
}

/** What a chart shows stands in the tables too, so that readers without sight miss nothing. */
function chart(svg: string, id: string): Html {
  return new Html(toPageChart(svg, id).replace("<svg ", '<svg aria-hidden="true" '));
}

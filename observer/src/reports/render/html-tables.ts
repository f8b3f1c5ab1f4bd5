import { type Html, html } from "@kontor/kit/html";
import { formatMs } from "../../diagnosis/texts.ts";
import { formatCount, formatDuration, formatInstant, formatShare, many } from "../report-formats.ts";
import type { Breach, OptimisationReport, SlowEndpoint } from "../report-schema.ts";
import { describeObserved } from "../report-texts.ts";
import { link } from "./html-link.ts";

const severityTones: Record<string, string> = { critical: "bad", warning: "warn" };

function scroll(label: string, table: Html): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${table}</div>`;
}

export function breachTable(list: readonly Breach[]): Html {
  const rows = list.map((one) => {
    const { observed, limit } = describeObserved(one);
    const tone = Object.hasOwn(severityTones, one.severity) ? (severityTones[one.severity] ?? "") : "";
    const evidence = [
      ...one.findings.map(({ title, url }) => html`<span class="sub">${link(title, url)}</span>`),
      ...one.traces.slice(0, 3).map(({ traceId, url }) => html`${link(traceId.slice(0, 8), url)} `),
    ];
    const lasting = one.ended === null ? "lasting" : `until ${formatInstant(one.ended)}`;
    const relapses = one.relapses > 0 ? `, ${many(one.relapses, "relapse")}` : "";
    const unknown = one.kind !== "breach" && html`<span class="sub">${one.kind}: ${one.reason ?? ""}</span>`;
    return html`<tr><td class="main">${one.endpoint ?? "whole service"}<span class="sub">${one.service}</span></td><td><span class="pill ${tone}">${one.severity}</span><span class="sub"><code>${one.rule}</code></span></td><td class="n over">${observed}</td><td class="n">${limit}</td><td class="t">${formatInstant(one.begun)}<span class="sub">${lasting}</span></td><td class="n">${formatDuration(one.durationMs)}<span class="sub">${relapses.slice(2)}</span></td><td>${evidence}${unknown}</td></tr>`;
  });
  return scroll(
    "Breaches",
    html`<table><thead><tr><th>Where</th><th>Severity and rule</th><th class="n">Observed</th><th class="n">Limit</th><th>Begun (UTC)</th><th class="n">Duration</th><th>Shown by</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

export function endpointTable(list: readonly SlowEndpoint[]): Html {
  const rows = list.map((one) => {
    const isOver = one.limitMs !== null && one.p95Ms > one.limitMs;
    const found = one.bottlenecks > 0 ? ` · ${many(one.bottlenecks, "bottleneck")}` : "";
    return html`<tr><td class="main">${one.route}<span class="sub">${one.service}${found}</span></td><td class="n">${formatCount(one.requests)}</td><td class="n">${formatShare(one.failed / one.requests)}</td><td class="n">${formatMs(one.p50Ms)}</td><td class="n${isOver ? " over" : ""}">${formatMs(one.p95Ms)}</td><td class="n">${one.limitMs === null ? "–" : formatMs(one.limitMs)}</td><td class="n">${formatMs(one.p99Ms)}</td><td class="n">${formatShare(one.shareOfTime)}</td><td class="n">${link(formatMs(one.slowestMs), one.slowestTrace.url)}</td></tr>`;
  });
  return scroll(
    "Slow endpoints",
    html`<table><thead><tr><th>Endpoint</th><th class="n">Requests</th><th class="n">Failed</th><th class="n">Median</th><th class="n">p95</th><th class="n">Limit</th><th class="n">p99</th><th class="n">Share of time</th><th class="n">Slowest</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

export function deploymentTable(list: OptimisationReport["deployments"]): Html {
  const rows = list.map(
    (one) =>
      html`<tr><td class="t">${formatInstant(one.deployedAt)}</td><td class="main">${one.service}</td><td><code>${one.version}</code></td><td>${one.announcedBy ?? "noticed in telemetry"}</td><td>${one.note ?? ""}</td></tr>`,
  );
  return scroll(
    "Deployments",
    html`<table><thead><tr><th>Time (UTC)</th><th>Service</th><th>Version</th><th>Announced by</th><th>Note</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

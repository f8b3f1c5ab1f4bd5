import { type Html, html } from "@kontor/kit/html";
import type { Alert } from "../../alerts/alert.ts";
import type { Finding } from "../../diagnosis/finding.ts";
import { formatMs } from "../../diagnosis/texts.ts";
import { alertTable } from "./alerts-page.ts";
import { detectorBadge, findingHref } from "./finding-parts.ts";
import { emptyState, shareBar } from "./layout.ts";
import { ago, formatCount, formatValue, many } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { createServiceColours } from "./service-colours.ts";
import type { ServiceRow } from "./service-rows.ts";

export interface OverviewPageData {
  readonly services: readonly ServiceRow[];
  /** Those that are not over. */
  readonly alerts: readonly Alert[];
  readonly silenced: ReadonlySet<string>;
  /** Open ones, largest impact first; undefined while they cannot be read. */
  readonly findings: readonly Finding[] | undefined;
  readonly nowMs: number;
}

const alertsShownMax = 8;
const findingsShownMax = 6;
const servicesShownMax = 500;

function measured(value: number | undefined, unit: string): Html | string {
  return value === undefined
    ? html`<span class="faint" title="not measured">–</span>`
    : formatValue(value, unit);
}

function ratioCell(value: number | undefined): Html {
  if (value === undefined) return html`${measured(value, "ratio")}`;
  const tone = value > 0.85 ? "bad" : "plain";
  return html`${formatValue(value, "ratio")}${shareBar(value, tone)}`;
}

function rulesCell({ total, breached, withoutData }: ServiceRow["rules"]): Html {
  if (total === 0) return html`<span class="pill">no rules</span>`;
  if (breached > 0) return html`<span class="pill bad">${breached} of ${total} breached</span>`;
  if (withoutData === total) return html`<span class="pill warn">no data</span>`;
  return html`<span class="pill good">${total} kept</span>`;
}

function serviceRow(row: ServiceRow, colour: string, nowMs: number): Html {
  const { service } = row;
  const place = [service.environment, service.namespace]
    .filter((part) => part !== "" && part !== "default")
    .join(" · ");
  const seen =
    service.lastSeen === null
      ? html`<span class="faint">never seen</span>`
      : ago(Date.parse(service.lastSeen), nowMs);
  const tone = row.rules.breached > 0 ? "bad" : "";
  const errors =
    row.errorRatio !== undefined && row.errorRatio > 0
      ? html`<strong class="tone-bad">${formatValue(row.errorRatio, "ratio")}</strong>`
      : measured(row.errorRatio, "ratio");
  return html`<tr class="${tone}"><td><a class="strong" href="${path`/services/${service.service}`}"><span class="chip ${colour}"></span> ${service.service}</a><span class="sub">${place !== "" && `${place} · `}${many(service.instances, "instance")} · ${service.versions.join(", ") || "no version"}</span></td><td>${rulesCell(row.rules)}</td><td class="number">${measured(row.requestsPerSecond, "1/s")}</td><td class="number">${errors}</td><td class="number">${measured(row.p95Ms, "ms")}</td><td class="number bar narrow">${ratioCell(row.cpuRatio)}</td><td class="number">${measured(row.memoryMb, "MB")}</td><td class="number">${measured(row.eventLoopDelayMs, "ms")}</td><td class="number">${seen}</td></tr>`;
}

/** Services with rate, errors, duration and resources. */
export function serviceTable(rows: readonly ServiceRow[], nowMs: number): Html {
  const colourOf = createServiceColours(rows.map(({ service }) => service.service));
  const shown = rows
    .slice(0, servicesShownMax)
    .map((row) => serviceRow(row, colourOf(row.service.service), nowMs));
  const left = rows.length - shown.length;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Services"><table><thead><tr><th>Service</th><th>Rules</th><th class="number">Requests</th><th class="number">Errors</th><th class="number">p95</th><th class="number">CPU</th><th class="number">Memory</th><th class="number">Loop delay p99</th><th class="number">Last seen</th></tr></thead><tbody>${shown}</tbody></table></div>${left > 0 && html`<p class="more">${many(left, "more service")} not shown</p>`}`;
}

/** The findings that cost most, as a short list; why there is none while they cannot be read. */
export function findingBlock(title: string, findings: readonly Finding[] | undefined): Html {
  if (findings === undefined) {
    return html`<p class="note">Findings cannot be read now: the observer's database does not answer.</p>`;
  }
  if (findings.length === 0) return html``;
  const items = findings.slice(0, findingsShownMax).map((finding) => {
    return html`<li>${detectorBadge(finding.detector)}<a class="strong" href="${findingHref(finding.fingerprint)}">${finding.title}</a><span class="finding-figures"><span>${finding.service}</span><span><strong>${formatMs(finding.impact.totalTimeMs)}</strong> lost</span><span class="gain"><strong>${formatMs(finding.expectedGainMs)}</strong> to gain a request</span></span></li>`;
  });
  return html`<section class="block card" aria-labelledby="findings"><h2 id="findings">${title}</h2><ul class="finding-list">${items}</ul></section>`;
}

function verdict(alerts: readonly Alert[], findings: readonly Finding[] | undefined, services: number): Html {
  const firing = alerts.filter((alert) => alert.state === "firing").length;
  const parts = [
    many(services, "service"),
    ...(findings === undefined ? [] : [many(findings.length, "open finding")]),
  ];
  if (firing === 0) return html`<span class="pill good">nothing firing</span> ${parts.join(", ")}`;
  return html`<span class="pill bad">${many(firing, "alert")} firing</span> ${parts.join(", ")}`;
}

/** What is wrong now first, then every service. */
export function overviewPage({ services, alerts, silenced, findings, nowMs }: OverviewPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const more =
    alerts.length > alertsShownMax &&
    html`<p class="more"><a href="/alerts">all ${formatCount(alerts.length)} alerts</a></p>`;
  const wrong =
    alerts.length > 0 &&
    html`<section class="block" aria-labelledby="wrong"><h2 id="wrong">What is wrong now</h2>${alertTable({ alerts, silenced, nowMs, rowsMax: alertsShownMax })}${more}</section>`;
  const none = emptyState(
    "No service has been seen yet",
    "Send traces and metrics over OTLP/HTTP to port 4318. A service is listed here with its first batch.",
  );
  const table = services.length === 0 ? none : serviceTable(services, nowMs);
  const body = html`<header class="page-head"><div><h1>Overview</h1><p class="faint">${verdict(alerts, findings, services.length)}</p></div></header>${wrong}<section class="block" aria-labelledby="services"><h2 id="services">Services, last minute</h2>${table}</section>${findingBlock("What costs most time", findings)}`;
  const firing = alerts.filter((alert) => alert.state === "firing").length;
  return { title: firing > 0 ? `${firing} firing` : "Overview", body };
}

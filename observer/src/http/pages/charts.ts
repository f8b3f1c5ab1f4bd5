import { type Html, html } from "@kontor/kit/html";
import type { SignalName } from "../../signals/catalogue.ts";
import { toCounterSignalName } from "../../signals/counter-signal.ts";
import type { Subject } from "../../signals/subject.ts";
import { path } from "./page-path.ts";

/** How far back charts go; the first is shown unless the address says otherwise. */
export const chartRanges = ["now-15m", "now-5m", "now-30m", "now-1h"] as const;
export type ChartRange = (typeof chartRanges)[number];

const shownRanges: readonly (readonly [ChartRange, string])[] = [
  ["now-5m", "5 min"],
  ["now-15m", "15 min"],
  ["now-30m", "30 min"],
  ["now-1h", "1 h"],
];

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly (readonly [label: string, signal: SignalName])[];
}

const serviceCharts: readonly Chart[] = [
  {
    ...{ id: "duration", title: "Duration" },
    lines: [
      ["p50", "serviceLatencyP50"],
      ["p95", "serviceLatencyP95"],
      ["p99", "serviceLatencyP99"],
    ],
  },
  { id: "requests", title: "Requests", lines: [["requests", "serviceRequestRate"]] },
  { id: "errors", title: "Errors", lines: [["errors", "serviceErrorRatio"]] },
  { id: "cpu", title: "CPU of allowed", lines: [["CPU", "cpuRatio"]] },
  { id: "memory", title: "Memory", lines: [["memory", "memoryMb"]] },
];
const routeCharts: readonly Chart[] = [
  {
    ...{ id: "duration", title: "Duration" },
    lines: [
      ["p50", "serverLatencyP50"],
      ["p95", "serverLatencyP95"],
      ["p99", "serverLatencyP99"],
    ],
  },
  { id: "requests", title: "Requests", lines: [["requests", "serverRequestRate"]] },
  { id: "errors", title: "Errors", lines: [["errors", "serverErrorRatio"]] },
];

export interface ChartSectionData {
  readonly subject: Subject;
  readonly charts: readonly Chart[];
  readonly range: ChartRange;
  /** Of the page, to which `from` is added: a path made by `path`, with a query or without. */
  readonly address: string;
  /** Tells sections of one page apart. */
  readonly block: number;
}

export interface ChartBlockData extends Omit<ChartSectionData, "charts"> {
  /** Metrics of counters that the configuration names for this service. */
  readonly counters?: readonly string[];
}

/** The usual charts of a service or a route. */
export function chartBlock({ counters = [], ...data }: ChartBlockData): Html {
  const ofCounters = counters.map((metric, at): Chart => {
    return { id: `counter-${at}`, title: metric, lines: [["rate", toCounterSignalName(metric)]] };
  });
  const charts = data.subject.route === undefined ? [...serviceCharts, ...ofCounters] : routeCharts;
  return chartSection({ ...data, charts });
}

/** Charts over the last minutes. `charts.js` fills them; until then, and without it, they say so. */
export function chartSection({ subject, charts, range, address, block }: ChartSectionData): Html {
  const { environment, namespace, service, route } = subject;
  const figures = charts.map(({ id, title, lines }) => {
    const series = lines.map(([, signal]) => {
      const about = path`/api/v1/series?signal=${signal}&service=${service}&environment=${environment}&namespace=${namespace}&from=${range}`;
      return route === undefined ? about : about + path`&route=${route}`;
    });
    const labels = lines.map(([label]) => label).join(" ");
    return html`<figure class="card chart" id="chart-${block}-${id}-${range}" data-keep data-chart="${series.join(" ")}" data-labels="${labels}"><figcaption><span class="strong">${title}</span> <span class="chart-limit"></span></figcaption><div class="plot"></div><p class="chart-state" role="status">Loading…</p></figure>`;
  });
  const glue = address.includes("?") ? "&" : "?";
  const choices = shownRanges.map(([one, label]) => {
    const current = one === range ? html` aria-current="true"` : false;
    return html`<a href="${address}${glue}from=${one}"${current}>${label}</a>`;
  });
  return html`<section class="block" aria-label="Charts"><div class="filters" role="group" aria-label="Time range">${choices}</div><noscript><p class="note">Charts are drawn by a script; the figures above and the rules below need none.</p></noscript><div class="charts">${figures}</div></section>`;
}

import { type Html, html } from "@kontor/kit/html";
import type { SelfView } from "../api/self.routes.ts";
import { emptyState, type Tile, tiles } from "./layout.ts";
import { ago, formatAge, formatCount, many } from "./page-formats.ts";

/** As in the health check: an observer that has not judged for so long does not do its work. */
const tickAgeMsMax = 15_000;

type Fact = readonly [label: string, value: Html | string | number];

function formatBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function card(id: string, title: string, facts: readonly Fact[], rest: Html | false = false): Html {
  const rows = facts.map(([label, value]) => {
    const shown = typeof value === "number" ? formatCount(value) : value;
    return html`<div><dt>${label}</dt><dd>${shown}</dd></div>`;
  });
  return html`<section class="card" aria-labelledby="${id}"><h2 id="${id}">${title}</h2><dl class="facts">${rows}</dl>${rest}</section>`;
}

function figures(self: SelfView, nowMs: number): Html {
  const { ticks, delivery, database, bus, signalSources } = self;
  const tickAgeMs = ticks.lastAtMs === null ? undefined : nowMs - ticks.lastAtMs;
  const isJudging = tickAgeMs !== undefined && tickAgeMs <= tickAgeMsMax;
  const connected = (label: string, isThere: boolean): Tile => ({
    ...{ label, value: isThere ? "connected" : "away", tone: isThere ? "good" : "warn" },
    note: isThere ? undefined : "alerts go on without it",
  });
  return tiles([
    {
      label: "Last judged",
      value: tickAgeMs === undefined ? "not yet" : `${formatAge(tickAgeMs)} ago`,
      tone: isJudging ? "good" : "bad",
      note: many(ticks.rules, "rule"),
    },
    { label: "Ticks missed", value: formatCount(ticks.missed), tone: ticks.missed > 0 ? "warn" : undefined },
    { label: "Messages waiting", value: formatCount(delivery.pending) },
    connected("Database", database.ready),
    ...(bus.open === null ? [] : [connected("Bus", bus.open)]),
    ...signalSources.map(toSourceTile),
  ]);
}

const sourceLabels = { prometheus: "Prometheus", influxdb: "InfluxDB" } as const;

/** A server that rules are evaluated on; the stream stands in for one that is away. */
function toSourceTile({
  name,
  state,
  sinceMs,
  reason,
  subjectsFromStream,
}: SelfView["signalSources"][number]): Tile {
  const label = `Rules on ${sourceLabels[name]}`;
  if (state === "answering") {
    const note =
      subjectsFromStream === 0
        ? undefined
        : `${many(subjectsFromStream, "sample")} it does not know, from stream`;
    return { label, value: "reading", tone: "good", note };
  }
  const since = `since ${new Date(sinceMs).toISOString().slice(11, 19)} UTC, from stream meanwhile`;
  return {
    label,
    value: state === "returning" ? "coming back" : "away",
    tone: "warn",
    note: reason === undefined ? since : `${since}: ${reason}`,
  };
}

/** Everything that was not taken as it came, and why: nothing is dropped without a count. */
function refusals({ ingest, windows, traces, charts, findings }: SelfView): Html {
  const { counters } = windows;
  const counted: readonly (readonly [what: string, reason: string, count: number])[] = [
    ...ingest.refused.map(({ kind, reason, count }) => [kind, reason, count] as const),
    ...Object.entries(ingest.requests.rejected).map(
      ([reason, count]) => ["requests", reason, count] as const,
    ),
    ...Object.entries(ingest.altered).map(([reason, count]) => ["kept, but changed", reason, count] as const),
    ...Object.entries(counters).map(([reason, count]) => ["points not in windows", reason, count] as const),
    ...Object.entries(traces.spansDropped).map(
      ([reason, count]) => ["spans not diagnosed", reason, count] as const,
    ),
    ["findings", "not stored: too many waited", findings.lost],
    ["traces", "diagnosis failed", traces.tracesFailed],
    ["series not in charts", "no room", charts.refused],
  ];
  const rows = counted
    .filter(([, , count]) => count > 0)
    .toSorted((a, b) => b[2] - a[2])
    .map(([what, reason, count]) => {
      const words = reason.replaceAll("_", " ").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      return html`<tr><td>${what}</td><td class="main">${words}</td><td class="number">${formatCount(count)}</td></tr>`;
    });
  const table =
    rows.length === 0
      ? emptyState(
          "Nothing was refused",
          "What cannot be taken, or had to be changed, is counted here by its reason.",
        )
      : html`<div class="table-scroll" tabindex="0" role="region" aria-label="Not taken as it came"><table><thead><tr><th>What</th><th>Why</th><th class="number">Count</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<section class="block"><h2 id="refused">Not taken as it came, since the start</h2>${table}</section>`;
}

/** The observer's own health: whether it judges, what it took and refused and why, how full its bounds are. */
export function observerPage(self: SelfView, nowMs: number): { readonly title: string; readonly body: Html } {
  const { configuration, ingest, store, windows, charts, traces, findings, pages } = self;
  const mistakes =
    configuration.rejected.length > 0 &&
    html`<div class="problems block"><p class="strong">The changed configuration has mistakes; the one before stays in force.</p><ul>${configuration.rejected.map((line) => html`<li class="mono">${line}</li>`)}</ul></div>`;
  const taken = card("taken", "Taken since the start", [
    ["Spans", ingest.accepted.spans],
    ["Metric points", ingest.accepted.points],
    ["Log records", ingest.accepted.logs],
    ["Requests", ingest.requests.accepted],
    [
      "Received",
      html`${formatBytes(ingest.bytes.received)}<span class="faint">, ${formatBytes(ingest.bytes.decoded)} unpacked</span>`,
    ],
  ]);
  const kept = card("kept", "Kept on disk", [
    ["Rows", Object.values(store.rows).reduce((sum, rows) => sum + rows, 0)],
    [
      "Closed segments",
      html`${formatCount(store.closedSegments)}<span class="faint">, ${formatBytes(store.closedBytes)}</span>`,
    ],
    ["Open segment", formatBytes(store.openBytes)],
    ["Journal not yet stored", formatBytes(store.journalLagBytes)],
    ...(store.failure === null ? [] : ([["Storing fails, and is tried again", store.failure]] as const)),
    ["Segments removed by age or size", store.removedSegments],
  ]);
  const held = card("held", "Held in memory", [
    ["Series followed", ingest.series],
    ["Windows", formatBytes(windows.ringBytes)],
    ["Chart series", `${formatCount(charts.series)} of ${formatCount(charts.seriesMax)}`],
    ["Traces waiting for diagnosis", traces.tracesHeld],
    ["Pages listening", pages.listening],
  ]);
  const diagnosed = card("diagnosed", "Diagnosed since the start", [
    ["Traces", traces.tracesDiagnosed],
    ["Again, for late spans", traces.tracesDiagnosedAgain],
    ["Findings not yet in the database", findings.waiting],
    ["Held back: the accuser itself was late", findings.heldBack],
  ]);
  const started = Date.parse(self.startedAt);
  const body = html`<header class="page-head"><div><h1>Observer</h1><p class="faint">Version ${self.version}, started ${ago(started, nowMs)}, configuration <span class="mono">${configuration.hash.slice(0, 12)}</span></p></div>${figures(self, nowMs)}</header>
${mistakes}
<div class="cards">${taken}${kept}${held}${diagnosed}</div>
${refusals(self)}
<p class="more">The same as data: <a href="/api/v1/self">/api/v1/self</a>; for probes: <a href="/health">/health</a></p>`;
  return { title: "Observer", body };
}

import { AppError } from "@kontor/kit/errors";
import { serverVersions } from "@kontor/kit/testing/servers/server-versions";
import type { SignalSource } from "../src/signals/signal-source.ts";
import { createInfluxdbSource, createPrometheusSource } from "../src/store/sources/server-source.ts";
import { openSignalPath, type SignalPath } from "../test/store/sources/open-signal-path.ts";
import type { BenchRow } from "./bench-row.ts";
import { createRuleSet } from "./rule-sets.ts";
import { countQueries } from "./sources/count-queries.ts";
import { measureTicks, type TickCost } from "./sources/measure-ticks.ts";
import { exportRules, measureOwnRules, type OwnRulesCost } from "./sources/prometheus-own-rules.ts";
import { limitSets, routeCount, ruleCount, sendLoad } from "./sources/source-load.ts";

const ruleCounts = [10, 1_000, 10_000];
/** A slow answer is measured, not given up. */
const patience = { nowMs: Date.now, deadlineMs: 60_000 };
const ownRules = `its own rules, Prometheus ${serverVersions.prometheus}`;

/**
 * The same rules on every source, and by Prometheus' own engine: 320 routes of 15 rules. The telemetry goes in as OTLP through the
 * collector and is all there before anything is measured; queries go straight to the servers, as the observer's do.
 */
export async function run(): Promise<BenchRow[]> {
  try {
    await using path = await openSignalPath();
    return await measure(path);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "servers.missing")) throw error;
    return [{ name: "all sources", value: "not measured", unit: "ms CPU", target: error.message }];
  }
}

async function measure(path: SignalPath): Promise<BenchRow[]> {
  const untilMs = await sendLoad(path);
  const exported = await measureOwnRules(path.prometheus, exportRules(limitSets, "all"), routeCount);
  const first = await measureOwnRules(path.prometheus, exportRules(limitSets, "first"), routeCount);
  await path.prometheus.loadRules({ groups: [] });
  const sources = [
    { source: path.stream, serverPid: undefined, ticks: 50 },
    { source: createPrometheusSource(path.prometheus, patience), serverPid: path.prometheus.pid, ticks: 20 },
    { source: createInfluxdbSource(path.influxdb, patience), serverPid: path.influxdb.pid, ticks: 10 },
  ] as const;
  const ruleSet = createRuleSet(ruleCount, limitSets);
  const rows: BenchRow[] = [];
  for (const { source, ...options } of sources)
    rows.push(...toRows(source, await measureTicks(ruleSet, source, { ...options, untilMs }), first));
  rows.push(...toOwnRows("as exported", exported), ...toOwnRows("with --names first", first));
  for (const { source } of sources) {
    if (source.name === "stream") continue;
    const counts = await countQueries(path, source, { ruleCounts, limitSets, atMs: untilMs });
    rows.push(toCountRow(source.name, counts));
  }
  return rows;
}

function toRows({ name }: Pick<SignalSource, "name">, cost: TickCost, rival: OwnRulesCost): BenchRow[] {
  const bothMs = cost.ourCpuMs + cost.serverCpuMs;
  const row = (what: string, value: number, unit: string): BenchRow => ({
    ...{ name: `${name}: a tick, ${what}`, value: round(value), unit, target: "" },
  });
  return [
    row("our process", cost.ourCpuMs, "ms CPU"),
    ...(name === "stream" ? [] : [row("the server", cost.serverCpuMs, "ms CPU")]),
    {
      ...row("both", bothMs, "ms CPU"),
      rival: { name: ownRules, value: round(rival.serverCpuMs) },
      ratio: round(rival.serverCpuMs / bothMs),
    },
    row("until it is judged", cost.wallMs, "ms"),
  ];
}

function toOwnRows(how: string, cost: OwnRulesCost): BenchRow[] {
  const name = `Prometheus' own rules, ${how}`;
  return [
    { name: `${name}: an evaluation`, value: round(cost.serverCpuMs), unit: "ms CPU", target: "" },
    { name: `${name}: its groups together`, value: round(cost.wallMs), unit: "ms", target: "" },
  ];
}

function toCountRow(name: string, counts: readonly number[]): BenchRow {
  const [fewest = 0] = counts;
  return {
    name: `${name}: queries of a tick with 10, 1,000 and 10,000 rules (${counts.join(", ")})`,
    value: Math.max(...counts),
    unit: "queries",
    target: "the same",
    met: fewest > 0 && counts.every((count) => count === fewest),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

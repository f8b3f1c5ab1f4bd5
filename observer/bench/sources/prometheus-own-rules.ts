import { setTimeout as sleep } from "node:timers/promises";
import type { PrometheusServer } from "@kontor/kit/testing/servers/prometheus";
import type { RuleFile, RuleGroup } from "../../src/exports/prometheus/rule-file.ts";
import {
  defaultRuleOptions,
  type RuleOptions,
  toRuleFile,
} from "../../src/exports/prometheus/to-rule-file.ts";
import { readUsage } from "../process-usage.ts";
import { type Limits, toConfiguration } from "../rule-sets.ts";
import { readMetricsPage, sumOf } from "./metrics-page.ts";

/** One evaluation of all rules, in ms. */
export interface OwnRulesCost {
  readonly serverCpuMs: number;
  /** Its groups together, one after the other. */
  readonly wallMs: number;
}

interface Reading {
  readonly cpuSeconds: number;
  readonly iterations: number;
  readonly groupSeconds: number;
  readonly failures: number;
  readonly atMs: number;
}

const settleMs = 3_000;
const measuredMs = 15_000;
const noRules: RuleFile = { groups: [] };

/** Every set of limits, exported: each signal is recorded once for all sets, and each limit is compared with what was recorded. */
export function exportRules(limitSets: readonly Limits[], names: RuleOptions["names"]): RuleFile {
  const groups = new Map<string, RuleGroup>();
  for (const limits of limitSets) {
    const options = { ...defaultRuleOptions, evaluationSeconds: 1, names };
    for (const group of toRuleFile(toConfiguration(limits), options).groups) {
      const known = groups.get(group.name);
      const further = group.rules.filter((rule) => "alert" in rule);
      groups.set(group.name, known === undefined ? group : { ...known, rules: [...known.rules, ...further] });
    }
  }
  return { groups: [...groups.values()] };
}

/** What Prometheus takes to evaluate rules each second, beyond what it takes doing nothing. @throws Error when it records nothing */
export async function measureOwnRules(
  prometheus: PrometheusServer,
  rules: RuleFile,
  routeCount: number,
): Promise<OwnRulesCost> {
  const idle = await measure(prometheus, noRules);
  const busy = await measure(prometheus, rules);
  if (busy.failures > 0) throw new Error("Prometheus could not evaluate the rules");
  for (const { name } of rules.groups) await expectSeries(prometheus, name, routeCount);
  const evaluations = busy.iterations / rules.groups.length;
  const idleSeconds = (idle.cpuSeconds / idle.atMs) * busy.atMs;
  return {
    serverCpuMs: ((busy.cpuSeconds - idleSeconds) * 1000) / evaluations,
    wallMs: (busy.groupSeconds * 1000) / evaluations,
  };
}

async function measure(prometheus: PrometheusServer, rules: RuleFile): Promise<Reading> {
  await prometheus.loadRules(rules);
  await sleep(settleMs);
  const before = await read(prometheus);
  await sleep(measuredMs);
  const after = await read(prometheus);
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    iterations: after.iterations - before.iterations,
    groupSeconds: after.groupSeconds - before.groupSeconds,
    failures: after.failures - before.failures,
    atMs: after.atMs - before.atMs,
  };
}

async function read({ url, pid }: PrometheusServer): Promise<Reading> {
  const page = await readMetricsPage(url);
  const missed = sumOf(page, "prometheus_rule_group_iterations_missed_total");
  return {
    cpuSeconds: (await readUsage(pid)).cpuSeconds,
    iterations: sumOf(page, "prometheus_rule_group_iterations_total") - missed,
    groupSeconds: sumOf(page, "prometheus_rule_group_duration_seconds_sum"),
    failures: sumOf(page, "prometheus_rule_evaluation_failures_total"),
    atMs: performance.now(),
  };
}

/** A rule that matches nothing costs nothing: it must have done the work it is measured by. */
async function expectSeries({ url }: PrometheusServer, name: string, expected: number): Promise<void> {
  const query = encodeURIComponent(`count({__name__="${name}"})`);
  const text = await (await fetch(`${url}/api/v1/query?query=${query}`)).text();
  if (!text.includes(`"${expected}"`)) throw new Error(`Prometheus has not ${expected} of ${name}: ${text}`);
}

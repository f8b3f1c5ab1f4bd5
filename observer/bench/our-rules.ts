import { createAlertMachine } from "../src/alerts/alert-machine.ts";
import { readConfiguration } from "../src/config/read-configuration.ts";
import { compileRules, toGroups } from "../src/rules/compile-rules.ts";
import { evaluateRules } from "../src/rules/evaluate-rules.ts";
import type { CompiledRule, RuleSet } from "../src/rules/rule-set.ts";
import type { Subject } from "../src/signals/subject.ts";
import { createStreamSource } from "../src/store/windows/stream-source.ts";
import { limitSets, routeNames, serviceNames, windowSeconds } from "./rule-load.ts";
import { secondOfTelemetry } from "./second-of-telemetry.ts";

export interface OurResult {
  /** CPU of one tick, in ms: one second of telemetry into the windows, reads, verdicts, and the alert machine with its states. */
  readonly tickMs: number;
  /** Of it, the windows taking the telemetry. */
  readonly updateMs: number;
}

/**
 * Measures ticks over the load.
 *
 * @param ruleCount 5,000, or more by repeating the limits
 * @param ticks that are measured, after half as many to warm up
 */
export async function measureOurs(ruleCount: number, ticks: number): Promise<OurResult> {
  const ruleSet = createRuleSet(ruleCount);
  const source = createStreamSource();
  const machine = createAlertMachine();
  const used = { tick: 0, update: 0 };
  const startMs = Date.UTC(2026, 0, 1);
  const warmUp = windowSeconds + Math.ceil(ticks / 2);
  for (let second = 1; second <= warmUp + ticks; second++) {
    const atMs = startMs + second * 1000;
    const points = secondOfTelemetry(startMs, atMs);
    const start = process.cpuUsage();
    source.add(points);
    const updated = process.cpuUsage();
    const verdicts = await evaluateRules(ruleSet, source, atMs);
    const transitions = machine.apply({ atMs, verdicts, configurationHash: "bench", source: source.name });
    const ended = process.cpuUsage();
    expectHealthy(verdicts, transitions.length, second);
    if (second <= warmUp) continue;
    used.update += toMs(start, updated);
    used.tick += toMs(start, ended);
  }
  return { tickMs: used.tick / ticks, updateMs: used.update / ticks };
}

/** Work that was not done must not look fast. */
function expectHealthy(
  verdicts: Awaited<ReturnType<typeof evaluateRules>>,
  transitions: number,
  second: number,
): void {
  const wrong = second < windowSeconds ? undefined : verdicts.find(({ verdict }) => verdict.state !== "ok");
  if (wrong !== undefined)
    throw new Error(`${wrong.rule.id} is ${wrong.verdict.state} on a load that is healthy`);
  if (transitions > 0) throw new Error(`${transitions} transitions on a load that is healthy`);
}

function toMs(from: NodeJS.CpuUsage, to: NodeJS.CpuUsage): number {
  return (to.user - from.user + to.system - from.system) / 1000;
}

/** The rules of every set of limits together. Each set gets a namespace of its own, for one subject has one limit of a kind. */
function createRuleSet(ruleCount: number): RuleSet {
  const seen = serviceNames.flatMap((service): Subject[] =>
    routeNames.map((route) => ({ environment: "default", namespace: "", service, route: `GET ${route}` })),
  );
  const sets: RuleSet[] = [];
  for (let total = 0; total < ruleCount; total += sets.at(-1)?.rules.length ?? 0) {
    const defaults = { ...limitSets[sets.length % limitSets.length], windowSeconds };
    const reading = readConfiguration(JSON.stringify({ defaults }), { environment: {} });
    if (!reading.ok) throw new Error("the limits of the load are not a configuration");
    sets.push(compileRules(reading.configuration, seen));
  }
  const rules = sets
    .flatMap((set, index) => set.rules.map((rule) => inNamespace(rule, `limits-${index}`)))
    .slice(0, ruleCount);
  const [first] = sets;
  if (first === undefined) throw new Error("no rules");
  return { ...first, rules, groups: toGroups(rules) };
}

function inNamespace(rule: CompiledRule, namespace: string): CompiledRule {
  return { ...rule, id: `${rule.id} ${namespace}`, subject: { ...rule.subject, namespace } };
}

import { createAlertMachine } from "../src/alerts/alert-machine.ts";
import { evaluateRules } from "../src/rules/evaluate-rules.ts";
import { createStreamSource } from "../src/store/windows/stream-source.ts";
import { limitSets, windowSeconds } from "./rule-load.ts";
import { createRuleSet } from "./rule-sets.ts";
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
  const ruleSet = createRuleSet(ruleCount, limitSets);
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

/** Work that was not done must not look fast. @throws Error when a verdict is not `ok`, the windows being full, or an alert changed */
export function expectHealthy(
  verdicts: Awaited<ReturnType<typeof evaluateRules>>,
  transitions: number,
  second = windowSeconds,
): void {
  const wrong = second < windowSeconds ? undefined : verdicts.find(({ verdict }) => verdict.state !== "ok");
  if (wrong !== undefined)
    throw new Error(`${wrong.rule.id} is ${wrong.verdict.state} on a load that is healthy`);
  if (transitions > 0) throw new Error(`${transitions} transitions on a load that is healthy`);
}

/** CPU between two moments, in ms. */
export function toMs(from: NodeJS.CpuUsage, to: NodeJS.CpuUsage): number {
  return (to.user - from.user + to.system - from.system) / 1000;
}

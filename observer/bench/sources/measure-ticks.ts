import { createAlertMachine } from "../../src/alerts/alert-machine.ts";
import { evaluateRules } from "../../src/rules/evaluate-rules.ts";
import type { RuleSet } from "../../src/rules/rule-set.ts";
import type { SignalSource } from "../../src/signals/signal-source.ts";
import { expectHealthy, toMs } from "../our-rules.ts";
import { readUsage } from "../process-usage.ts";

/** One tick, in ms. */
export interface TickCost {
  readonly ourCpuMs: number;
  /** Of the server that answered; 0 where there is none. */
  readonly serverCpuMs: number;
  readonly wallMs: number;
}

const warmUpTicks = 5;

/**
 * Ticks one after the other: reads, verdicts, and the alert machine with its states.
 *
 * @param untilMs time of the last tick; each one before it is a second earlier
 * @param serverPid undefined for the stream
 */
export async function measureTicks(
  ruleSet: RuleSet,
  source: SignalSource,
  { untilMs, ticks, serverPid }: { untilMs: number; ticks: number; serverPid: number | undefined },
): Promise<TickCost> {
  const machine = createAlertMachine();
  const tick = async (atMs: number): Promise<void> => {
    const verdicts = await evaluateRules(ruleSet, source, atMs);
    const about = { configurationHash: "bench", source: source.name };
    expectHealthy(verdicts, machine.apply({ atMs, verdicts, ...about }).length);
  };
  const firstMs = untilMs - (warmUpTicks + ticks - 1) * 1000;
  for (let index = 0; index < warmUpTicks; index++) await tick(firstMs + index * 1000);
  const server = await readServer(serverPid);
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  for (let index = 0; index < ticks; index++) await tick(firstMs + (warmUpTicks + index) * 1000);
  const [ourCpuMs, wallMs] = [toMs(cpu, process.cpuUsage()), performance.now() - wall];
  const serverCpuMs = ((await readServer(serverPid)) - server) * 1000;
  return { ourCpuMs: ourCpuMs / ticks, serverCpuMs: serverCpuMs / ticks, wallMs: wallMs / ticks };
}

/** CPU seconds. */
async function readServer(pid: number | undefined): Promise<number> {
  return pid === undefined ? 0 : (await readUsage(pid)).cpuSeconds;
}

import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@kontor/kit/errors";
import { serverVersions } from "@kontor/kit/testing/servers/server-versions";
import { type SyntheticService, startSyntheticService } from "../clients/synthetic-service.ts";
import type { BenchRow } from "./bench-row.ts";
import { toDelayRows } from "./delay-rows.ts";
import { type FullPath, openFullPath, senders } from "./webhook/full-path.ts";

const runsPerRule = 12;
const warmUpSeconds = 40;
const requestsPerSecond = 20;
const webhookDeadlineMs = 30_000;
const rival = `Prometheus ${serverVersions.prometheus} + Alertmanager ${serverVersions.alertmanager}`;

const kinds = [
  // Above the shipped limits of 512 MB and 500 ms.
  { name: "gauge rule", rule: "memoryMbMax", breakIt: (service: SyntheticService) => service.grow(900e6) },
  {
    name: "p95 rule, every request slow",
    rule: "latencyP95MsMax",
    breakIt: (service: SyntheticService) => service.slowDown(0.8),
  },
] as const;

type Run = { rule: string; service: string; brokenAtMs: number };

/**
 * P3 in full mode: from a breach to the webhook, through the collector and Prometheus, evaluated by the observer; beside the same rules,
 * exported, evaluated by that Prometheus and sent by Alertmanager. Every breach is one for both.
 */
export async function run(): Promise<BenchRow[]> {
  try {
    await using path = await openFullPath();
    const runs = await breakServices(path);
    return kinds.flatMap(({ name, rule }) => [
      ...toRows(path, runs, rule, senders.ours, `${name}: observer on Prometheus`),
      ...toRows(path, runs, rule, senders.tuned, `${name}: ${rival}`),
    ]);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "servers.missing")) throw error;
    return kinds.map(({ name }) => ({ name, value: "not measured", unit: "s", note: error.message }));
  }
}

/** One service after the other, at moments that have nothing to do with the ticks of any system. */
async function breakServices(path: FullPath): Promise<Run[]> {
  using resources = new DisposableStack();
  const runs: Run[] = [];
  const services = kinds.flatMap(({ rule, breakIt }) =>
    Array.from({ length: runsPerRule }, (_, index) => {
      const name = `bench-${rule}-${index}`;
      const service = resources.use(startSyntheticService(path.otlpUrl, name, requestsPerSecond));
      return { rule, service, breakIt };
    }),
  );
  tell(`Letting ${services.length} services run healthy for ${warmUpSeconds} s.`);
  await sleep(warmUpSeconds * 1_000);
  for (const { rule, service, breakIt } of services) {
    runs.push({ rule, service: service.name, brokenAtMs: breakIt(service) });
    await sleep(1_500 + Math.random() * 1_000);
  }
  const giveUpAtMs = Date.now() + webhookDeadlineMs;
  const isHeard = (sender: string): boolean =>
    runs.every(({ rule, service }) => path.log.find(sender, rule, service) !== undefined);
  while (!(isHeard(senders.ours) && isHeard(senders.tuned)) && Date.now() < giveUpAtMs) await sleep(200);
  return runs;
}

function toRows(
  { log }: FullPath,
  runs: readonly Run[],
  rule: string,
  sender: string,
  name: string,
): BenchRow[] {
  const delaysMs = runs.flatMap(({ service, brokenAtMs, ...run }) => {
    const arrival = run.rule === rule ? log.find(sender, rule, service) : undefined;
    return arrival === undefined ? [] : [arrival.atMs - brokenAtMs];
  });
  const how =
    sender === senders.ours ? "shipped settings" : "hand-tuned: evaluated each second, no group_wait";
  const note = `${rule}, ${runsPerRule} breaches, OTLP each second; ${how}`;
  const early = delaysMs.filter((delayMs) => delayMs < 0).length;
  if (early > 0) return [{ name, value: "not measured", unit: "s", note: `${early} told before the breach` }];
  return toDelayRows({ name, delaysMs, runs: runsPerRule, note });
}

function tell(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

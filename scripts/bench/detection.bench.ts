import { setTimeout as sleep } from "node:timers/promises";
import type { ClosedLoopResult } from "@kontor/perf/load/closed-loop";
import { runLoad } from "@kontor/perf/load/run-load";
import { listMails } from "../clients/mail-client.ts";
import { type SyntheticService, startSyntheticService } from "../clients/synthetic-service.ts";
import { openScenario, workingDay } from "../load/load-command.ts";
import { readP95Limit } from "../load/read-p95-limit.ts";
import { searchSaturation } from "../load/search-saturation.ts";
import { openSystem, type System } from "../start/system.ts";
import { openTemporaryFolder } from "../start/temporary-folder.ts";
import type { BenchRow } from "./bench-row.ts";
import { toDelayRows } from "./delay-rows.ts";

const runsPerRule = 20;
const warmUpSeconds = 40;
const requestsPerSecond = 20;
const loadOfSaturation = 0.3;
/** Above the shipped limits of 500 ms and 512 MB. */
const slowSeconds = 0.8;
const largeBytes = 900e6;
const mailDeadlineMs = 30_000;
const alertAddress = "oncall@kontor.example";

type Run = { service: SyntheticService; brokenAtMs: number };

/** P3: from a breach to the mail in the catcher, with the shipped settings, while the ERP is at 30 % of its saturation. */
export async function run(): Promise<BenchRow[]> {
  await using folder = await openTemporaryFolder("bench");
  // The search would run into the limits on requests and log-ins of one user before it runs into the machine's.
  const noLimits = { RATE_LIMIT_REQUESTS: "0", RATE_LIMIT_CREDENTIALS: "0" };
  const environment = { ...process.env, ...noLimits, ALERT_MAIL_TO: alertAddress };
  await using system = await openSystem({ dataDir: folder.path, ports: "free", environment });
  return await measure(system);
}

async function measure(system: System): Promise<BenchRow[]> {
  const baseUrl = system.urls.gateway;
  const scenario = await openScenario(workingDay);
  const { best } = await searchSaturation({
    ...{ baseUrl, scenario, say: tell },
    p95MsMax: await readP95Limit(process.env),
  });
  if (best === undefined) return [missing("saturation"), missing("gauge rule"), missing("p95 rule")];
  const loading = new AbortController();
  const flowsPerSecond = best.flowsPerSecond * loadOfSaturation;
  const load = runLoad({ baseUrl, scenario, flowsPerSecond, durationSeconds: 3_600, signal: loading.signal });
  using resources = new DisposableStack();
  const start = (kind: string) =>
    Array.from({ length: runsPerRule }, (_, index) =>
      resources.use(startSyntheticService(system.urls.otlp, `bench-${kind}-${index}`, requestsPerSecond)),
    );
  const [gauges, latencies] = [start("gauge"), start("p95")];
  tell(
    `Load: ${flowsPerSecond.toFixed(1)} flows/s. Letting ${2 * runsPerRule} services run healthy for ${warmUpSeconds} s.`,
  );
  await sleep(warmUpSeconds * 1_000);
  const gaugeMs = await measureDelays(system, gauges, (service) => service.grow(largeBytes));
  const p95Ms = await measureDelays(system, latencies, (service) => service.slowDown(slowSeconds));
  loading.abort();
  const { requestsPerSecond: underWay, total } = await load;
  const note = `at ${flowsPerSecond.toFixed(1)} of ${best.flowsPerSecond.toFixed(1)} flows/s (${underWay.toFixed(0)} requests/s, ${total.failures} failed)`;
  return [
    {
      name: "saturation of the ERP",
      value: best.requestsPerSecond,
      unit: "requests/s",
      note: describe(best),
    },
    ...toDelayRows({
      ...{ name: "gauge rule, breach to mail", delaysMs: gaugeMs, runs: runsPerRule },
      ...{ medianSecondsMax: 1.5, note: `memoryMbMax, ${note}` },
    }),
    ...toDelayRows({
      ...{ name: "p95 rule, every request slow, breach to mail", delaysMs: p95Ms, runs: runsPerRule },
      ...{ medianSecondsMax: 5, note: `latencyP95MsMax, ${requestsPerSecond} requests/s, ${note}` },
    }),
  ];
}

function describe({ connections, total }: ClosedLoopResult): string {
  return `closed loop, ${connections} connections, p95 ${total.p95Ms.toFixed(0)} ms`;
}

type Break = (service: SyntheticService) => number;

/** At moments that have nothing to do with the ticks of the observer. */
async function breakOneByOne(services: readonly SyntheticService[], breakIt: Break, runs: Run[]) {
  for (const service of services) {
    runs.push({ service, brokenAtMs: breakIt(service) });
    await sleep(1_500 + Math.random() * 1_000);
  }
}

/**
 * The catcher keeps a thousand mails, and those about orders are many: it is read while services are broken, not afterwards.
 *
 * @returns delays in ms; a mail that never came is not among them
 */
async function measureDelays(
  system: System,
  services: readonly SyntheticService[],
  breakIt: Break,
): Promise<number[]> {
  const since = new Date();
  const runs: Run[] = [];
  const delays = new Map<string, number>();
  let deadline = Number.POSITIVE_INFINITY;
  void breakOneByOne(services, breakIt, runs).then(() => {
    deadline = performance.now() + mailDeadlineMs;
  });
  while (delays.size < services.length && performance.now() < deadline) {
    const mails = await listMails(system.urls.mail, since, alertAddress);
    for (const { service, brokenAtMs } of runs) {
      // The name and a word boundary: bench-gauge-1 is not bench-gauge-10.
      const about = new RegExp(`${service.name}(?!\\d)`);
      const mail = mails.find(({ subject, text }) => about.test(subject) || about.test(text));
      if (mail !== undefined) delays.set(service.name, Date.parse(mail.receivedAt) - brokenAtMs);
    }
    await sleep(200);
  }
  return [...delays.values()];
}

function missing(name: string): BenchRow {
  return { name, value: "not measured", unit: "s" };
}

function tell(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

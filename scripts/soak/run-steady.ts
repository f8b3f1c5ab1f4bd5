import { setTimeout as sleep } from "node:timers/promises";
import type { ObserverAddress } from "@kontor/observer/cli/observer-client";
import { type LoadResult, runLoad } from "@kontor/perf/load/run-load";
import type { Scenario } from "@kontor/perf/load/scenario";
import { listAlerts, listFindings, listRules } from "../clients/observer-client.ts";
import { describeAlert, describeFinding } from "../faults/prove/prove-fault.ts";
import type { SystemUrls } from "../start/urls.ts";
import { type Comparison, compare } from "./compare-counts.ts";
import { restBetweenSeconds, toParts } from "./steady-configuration.ts";

export type SteadyOptions = {
  urls: SystemUrls;
  observer: ObserverAddress;
  scenario: Scenario;
  /** Of load. */
  seconds: number;
  signal: AbortSignal;
  say(line: string): void;
};

export type SteadyPart = { load: LoadResult; comparisons: Comparison[] };

export type SteadyResult = {
  startedAt: string;
  parts: SteadyPart[];
  /** Everything that was alerted or found, though nothing was wrong. */
  untrue: string[];
  /** What did not hold; none when all is well. */
  problems: string[];
};

const restBeforeSeconds = 10;
const restAfterSeconds = 120;
const lookEveryMs = 1_000;
const exportedWithinSeconds = 20;
/** States in which nobody is told anything. */
const silent = ["inactive", "pending"];

/** Watches a system at rest, under load, and at rest again; then compares what was sent with what was observed. */
export async function runSteady(options: SteadyOptions): Promise<SteadyResult> {
  const { observer, signal, say } = options;
  const startedAt = new Date().toISOString();
  const untrue = new Map<string, string>();
  const notice = (key: string, words: string): void => {
    if (untrue.has(key)) return;
    const line = `${new Date().toISOString()} ${words}`;
    untrue.set(key, line);
    say(line);
  };
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      for (const alert of await listAlerts(observer)) {
        if (silent.includes(alert.state)) continue;
        const { observed, limit, unit, state } = alert;
        notice(
          `alert ${alert.fingerprint}`,
          `${state}: ${describeAlert(alert)} ${observed} ${unit}, limit ${limit}`,
        );
      }
      for (const finding of await listFindings(observer)) {
        notice(`finding ${finding.fingerprint}`, `finding: ${describeFinding(finding)}: ${finding.title}`);
      }
      await rest(lookEveryMs, watching.signal);
    }
  })();
  try {
    await rest(restBeforeSeconds * 1_000, signal);
    const parts = await runParts(options);
    say(`Load is off; watching for ${restAfterSeconds} s more ...`);
    await rest(restAfterSeconds * 1_000, signal);
    const problems = [...parts.flatMap(listProblems), ...untrue.values()];
    return { startedAt, parts, untrue: [...untrue.values()], problems };
  } finally {
    watching.abort();
    await watch;
  }
}

async function runParts(options: SteadyOptions): Promise<SteadyPart[]> {
  const { urls, scenario, signal, say } = options;
  const lengths = toParts(options.seconds);
  const parts: SteadyPart[] = [];
  for (const [index, seconds] of lengths.entries()) {
    if (signal.aborted) break;
    if (index > 0) await rest(restBetweenSeconds * 1_000, signal);
    say(`Load is on for ${Math.round(seconds)} s, part ${index + 1} of ${lengths.length} ...`);
    const load = await runLoad({ baseUrl: urls.gateway, scenario, durationSeconds: seconds, signal });
    parts.push({ load, comparisons: await compareWhenExported(load, options) });
  }
  return parts;
}

function listProblems({ load, comparisons }: SteadyPart): string[] {
  const failed = load.total.failures === 0 ? [] : [`${load.total.failures} requests failed`];
  const differing = comparisons
    .filter(({ agrees }) => !agrees)
    .map(({ what, sent, observed }) => `${what}: sent ${sent}, observed ${observed}`);
  return [...failed, ...differing];
}

/** The last requests are in the next export: until they are there the counts are asked for again. */
async function compareWhenExported(load: LoadResult, { observer, scenario, signal }: SteadyOptions) {
  const deadlineMs = performance.now() + exportedWithinSeconds * 1_000;
  for (;;) {
    const comparisons = compare(load, scenario, await listRules(observer));
    const isDone = comparisons.every(({ agrees }) => agrees) || performance.now() > deadlineMs;
    if (isDone || signal.aborted) return comparisons;
    await rest(lookEveryMs, signal);
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

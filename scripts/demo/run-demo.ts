import { AppError } from "@kontor/kit/errors";
import type { ObserverAddress } from "@kontor/observer/cli/observer-client";
import { type LoadResult, runLoad } from "@kontor/perf/load/run-load";
import type { Scenario } from "@kontor/perf/load/scenario";
import { keepFaultOn, turnFault } from "../faults/turn-fault.ts";
import type { SystemUrls } from "../start/urls.ts";
import {
  alertNamesFinding,
  breachExplained,
  breachSeen,
  fault,
  mailArrived,
  recovered,
  steady,
} from "./chapters.ts";
import { type Chapter, type Told, tell } from "./story.ts";

export type DemoOptions = {
  urls: SystemUrls;
  observer: ObserverAddress;
  scenario: Scenario;
  flowsPerSecond: number;
  /** Without it the story must come to nothing: the demonstration's own counter-proof. */
  withFault: boolean;
  signal: AbortSignal;
  onTold(told: Told): void;
  say(line: string): void;
};

/** How long the fault may go unnoticed before more people come to work: a fast machine hides it from a few. */
const patienceMs = 12_000;

/**
 * Tells the story on a running system: load, fault, breach, mail, explanation, recovery. Each chapter is read back over
 * public HTTP or from the mail catcher.
 *
 * @returns what was told; the last one was not seen where the story broke off
 */
export async function runDemo(options: DemoOptions): Promise<Told[]> {
  const { urls, observer, withFault, signal, onTold, say } = options;
  const load = startLoad(options);
  const told: Told[] = [];
  const tellAll = async (sinceMs: number, chapters: readonly Chapter[]): Promise<boolean> => {
    for (const chapter of chapters) {
      const one = await tell(chapter, sinceMs, signal);
      told.push(one);
      onTold(one);
      if (one.seen === undefined) return false;
    }
    return true;
  };
  const turn = async (on: boolean): Promise<void> => {
    if (await turnFault(urls, fault, on, signal)) return;
    const message = `The fault ${fault} could not be switched ${on ? "on" : "off"}: no service answered.`;
    throw new AppError("unavailable", "faults.unreachable", message);
  };
  const story = async (): Promise<void> => {
    if (!(await tellAll(performance.now(), [steady(observer)]))) return;
    const brokenAt = new Date();
    const brokenMs = performance.now();
    if (withFault) await turn(true);
    await using keeping = withFault ? keepFaultOn(urls, fault) : undefined;
    say(withFault ? `The fault ${fault} is switched on.` : "The fault is NOT switched on.");
    const isSeen = await whileAddingLoad(load, withFault, () => tellAll(brokenMs, [breachSeen(observer)]));
    const explained = [
      mailArrived(urls.mail, "firing", brokenAt),
      breachExplained(observer),
      alertNamesFinding(observer),
    ];
    if (!isSeen || !(await tellAll(brokenMs, explained))) return;
    await keeping?.[Symbol.asyncDispose]();
    await turn(false);
    say(`The fault ${fault} is switched off.`);
    await tellAll(performance.now(), [recovered(observer), mailArrived(urls.mail, "resolved", brokenAt)]);
  };
  try {
    await story();
  } finally {
    say(describe(await load.stop()));
  }
  return told;
}

type Load = { add(): void; stop(): Promise<LoadResult[]> };

function startLoad({ urls, scenario, flowsPerSecond }: DemoOptions): Load {
  const loading = new AbortController();
  const { signal } = loading;
  const running: Promise<LoadResult>[] = [];
  const add = (): void => {
    const load = runLoad({ baseUrl: urls.gateway, scenario, flowsPerSecond, durationSeconds: 3_600, signal });
    // Told at the end. A failed setup ends the story by itself: nothing can be seen then.
    load.catch(() => {});
    running.push(load);
  };
  add();
  return {
    add,
    stop() {
      loading.abort();
      return Promise.all(running);
    },
  };
}

/** Without the fault nothing is added: too many people would be a breach of another kind. */
async function whileAddingLoad<T>(load: Load, isAdded: boolean, work: () => Promise<T>): Promise<T> {
  const timer = isAdded ? setInterval(() => load.add(), patienceMs) : undefined;
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function describe(results: readonly LoadResult[]): string {
  const sum = (pick: (result: LoadResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  const perSecond = sum((result) => result.requestsPerSecond).toFixed(0);
  return `Load: ${perSecond} requests/s, ${sum(({ total }) => total.requests)} in all, ${sum(({ total }) => total.failures)} failed.`;
}

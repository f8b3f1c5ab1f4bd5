import { runLoad } from "@kontor/perf/load/run-load";
import type { Scenario } from "@kontor/perf/load/scenario";
import { switchFault } from "../faults/fault-client.ts";
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
  scenario: Scenario;
  /** Without it the story must come to nothing: the demonstration's own counter-proof. */
  withFault: boolean;
  signal: AbortSignal;
  onTold(told: Told): void;
  say(line: string): void;
};

/**
 * Tells the story on a running system: load, fault, breach, mail, explanation, recovery. Each chapter is read back over
 * public HTTP or from the mail catcher.
 *
 * @returns what was told; the last one was not seen where the story broke off
 */
export async function runDemo(options: DemoOptions): Promise<Told[]> {
  const { urls, scenario, withFault, signal, onTold, say } = options;
  const loading = new AbortController();
  const load = runLoad({ baseUrl: urls.gateway, scenario, durationSeconds: 3_600, signal: loading.signal });
  // Told at the end; a failed setup ends the story by itself, since nothing can be seen then.
  load.catch(() => {});
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
  const story = async (): Promise<void> => {
    if (!(await tellAll(performance.now(), [steady(urls)]))) return;
    const brokenAt = new Date();
    const brokenMs = performance.now();
    if (withFault) await switchFault(urls, fault, true);
    say(withFault ? `The fault ${fault} is switched on.` : "The fault is NOT switched on.");
    const firing = mailArrived(urls, "the alert mail arrives", "FIRING", brokenAt);
    const chapters = [breachSeen(urls), firing, breachExplained(urls), alertNamesFinding(urls)];
    if (!(await tellAll(brokenMs, chapters))) return;
    await switchFault(urls, fault, false);
    say(`The fault ${fault} is switched off.`);
    const resolved = mailArrived(urls, "the mail says that it is over", "RESOLVED", brokenAt);
    await tellAll(performance.now(), [recovered(urls), resolved]);
  };
  try {
    await story();
  } finally {
    loading.abort();
  }
  const { total, requestsPerSecond } = await load;
  say(
    `Load: ${requestsPerSecond.toFixed(0)} requests/s, ${total.requests} in all, ${total.failures} failed.`,
  );
  return told;
}

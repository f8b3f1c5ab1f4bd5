import type { ObserverAddress } from "@kontor/observer/cli/observer-client";
import { type LoadResult, runLoad } from "@kontor/perf/load/run-load";
import type { Scenario } from "@kontor/perf/load/scenario";
import { listRules } from "../../clients/observer-client.ts";
import type { SystemUrls } from "../../start/urls.ts";
import type { FaultProof } from "./fault-proofs.ts";
import { awaitQuiet, isAbout, type ProvenFault, proveFault } from "./prove-fault.ts";
import { untilSeen } from "./until-seen.ts";

export type ProveOptions = {
  urls: SystemUrls;
  observer: ObserverAddress;
  scenario: Scenario;
  proofs: readonly FaultProof[];
  /** Load before the first fault: a route's baseline needs 20 requests. Default 30. */
  warmUpSeconds?: number;
  signal: AbortSignal;
  say(line: string): void;
};

const rulesReadyWithinSeconds = 60;
const quietWithinSeconds = 60;

/** Puts the load of a working day on a running system, and proves one fault after the other. */
export async function proveFaults(options: ProveOptions): Promise<ProvenFault[]> {
  const { urls, observer, scenario, proofs, warmUpSeconds = 30, signal, say } = options;
  const startLoad = (until: AbortSignal): Promise<LoadResult> => {
    const load = runLoad({ baseUrl: urls.gateway, scenario, durationSeconds: 3_600, signal: until });
    // Told at the end; a failed setup shows at once, since no rule gets data.
    load.catch(() => {});
    return load;
  };
  const addLoad = (): AsyncDisposable => {
    const more = new AbortController();
    const load = startLoad(more.signal);
    return {
      async [Symbol.asyncDispose]() {
        more.abort();
        await load.catch(() => {});
      },
    };
  };
  const loading = new AbortController();
  const load = startLoad(loading.signal);
  const proven: ProvenFault[] = [];
  try {
    say("Load is on; waiting until the rules have data ...");
    await untilSeen(warmUpSeconds, async () => undefined, signal);
    for (const proof of proofs) {
      const unready = await awaitReady(observer, proof, signal);
      const firing = await awaitQuiet(observer, quietWithinSeconds, signal);
      say(`${proof.fault} is switched on ...`);
      const one = await proveFault({ urls, observer, addLoad }, proof, signal);
      one.problems.push(...unready, ...firing.map((alert) => `was already firing before: ${alert}`));
      if (signal.aborted) one.problems.push("there was no time left to see it through");
      proven.push(one);
      say(`${proof.fault}: ${one.problems.length === 0 ? "proven" : one.problems.join("; ")}`);
    }
  } finally {
    loading.abort();
  }
  const { total, requestsPerSecond } = await load;
  say(
    `Load: ${requestsPerSecond.toFixed(0)} requests/s, ${total.requests} in all, ${total.failures} failed.`,
  );
  return proven;
}

/** The rule has data and is content: else its firing would prove nothing. */
async function awaitReady(
  observer: ObserverAddress,
  { alert }: FaultProof,
  signal: AbortSignal,
): Promise<string[]> {
  let state = "missing";
  const ready = await untilSeen(
    rulesReadyWithinSeconds,
    async () => {
      const rule = (await listRules(observer)).find((each) => isAbout(each, alert));
      state = rule?.state ?? "missing";
      return state === "ok" ? true : undefined;
    },
    signal,
  );
  return ready === undefined ? [`before the fault its rule is ${state}`] : [];
}

import { chooseFlow, isExpected, save, setUp, toRequest } from "./flow.ts";
import { type HttpClient, openHttpClient } from "./http-client.ts";
import { runOpenLoop } from "./open-loop.ts";
import type { Random } from "./placeholders.ts";
import { createRecorder, type Recorder, type RouteResult } from "./recorder.ts";
import type { Flow, Scenario } from "./scenario.ts";

export type LoadOptions = {
  /** Where the requests go: `http://host:port`. */
  baseUrl: string;
  scenario: Scenario;
  /** Instead of the scenario's own. */
  flowsPerSecond?: number | undefined;
  durationSeconds?: number | undefined;
  /** No answer within this is a failure; default 10 s. */
  timeoutMs?: number;
  maxInFlight?: number;
  random?: Random;
  signal?: AbortSignal | undefined;
  /** About once a second. */
  onProgress?(soFar: RouteResult): void;
};

export type LoadResult = {
  scenario: string;
  flowsPerSecond: number;
  seconds: number;
  /** Flows. */
  begun: number;
  dropped: number;
  requestsPerSecond: number;
  routes: RouteResult[];
  total: RouteResult;
};

type Player = { client: HttpClient; recorder: Recorder; random: Random };

/**
 * Plays a scenario in open loop: flows begin at a steady rate, whatever the answers do.
 *
 * @throws SetupError when a step of the setup was not answered as expected
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { scenario, random = Math.random, timeoutMs = 10_000, maxInFlight = 2_000 } = options;
  const flowsPerSecond = options.flowsPerSecond ?? scenario.flowsPerSecond;
  const durationSeconds = options.durationSeconds ?? scenario.durationSeconds;
  using client = openHttpClient(options.baseUrl, { timeoutMs });
  const saved = await setUp(scenario, client, random, options.baseUrl);
  const recorder = createRecorder();
  const player = { client, recorder, random };
  const timer = setInterval(() => options.onProgress?.(recorder.total()), 1_000);
  const startedAtMs = performance.now();
  try {
    const { begun, dropped } = await runOpenLoop({
      perSecond: flowsPerSecond,
      durationSeconds,
      maxInFlight,
      signal: options.signal,
      arrive: (dueAtMs) => playFlow(player, chooseFlow(scenario.flows, random), saved, dueAtMs),
    });
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const total = recorder.total();
    const requestsPerSecond = total.requests / seconds;
    const routes = recorder.routes();
    return {
      scenario: scenario.name,
      flowsPerSecond,
      seconds,
      begun,
      dropped,
      requestsPerSecond,
      routes,
      total,
    };
  } finally {
    clearInterval(timer);
  }
}

/** Steps until one fails: what would follow it makes no sense then. */
async function playFlow(
  { client, recorder, random }: Player,
  flow: Flow,
  saved: Map<string, unknown>,
  dueAtMs: number,
): Promise<void> {
  const values = new Map(saved);
  let dueMs = dueAtMs;
  for (const step of flow.steps) {
    const { status, body } = await client.send(toRequest(step, values, random));
    const endedAtMs = performance.now();
    const isSuccess = isExpected(step, status) && save(step, body, values, saved);
    recorder.record(step.request, status, isSuccess, endedAtMs - dueMs);
    if (!isSuccess) return;
    dueMs = endedAtMs;
  }
}

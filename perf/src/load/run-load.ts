import { type HttpClient, openHttpClient } from "./http-client.ts";
import { runOpenLoop } from "./open-loop.ts";
import { fillJson, fillText, type Json, type Random, readPath } from "./placeholders.ts";
import { createRecorder, type Recorder, type RouteResult } from "./recorder.ts";
import type { Flow, Scenario, Step } from "./scenario.ts";

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

/** A setup that could not be done: then nothing was measured. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

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

async function setUp(
  scenario: Scenario,
  client: HttpClient,
  random: Random,
  baseUrl: string,
): Promise<ReadonlyMap<string, unknown>> {
  const saved = new Map<string, unknown>(Object.entries(scenario.variables));
  for (const step of scenario.setup) {
    const { status, body } = await client.send(toRequest(step, saved, random));
    if (!isExpected(step, status)) {
      const what = status === 0 ? "got no answer" : `was answered ${status}: ${body.slice(0, 300)}`;
      throw new SetupError(`${step.request} of the setup ${what} (${baseUrl})`);
    }
    if (!save(step, body, saved)) {
      const names = Object.values(step.save ?? {}).join(", ");
      throw new SetupError(
        `the answer to ${step.request} of the setup lacks something of: ${names} (${baseUrl})`,
      );
    }
  }
  return saved;
}

function chooseFlow(flows: readonly Flow[], random: Random): Flow {
  let rest = random() * flows.reduce((sum, { weight }) => sum + weight, 0);
  for (const flow of flows) {
    rest -= flow.weight;
    if (rest < 0) return flow;
  }
  throw new Error("a random number below 1 chooses one of at least one flow");
}

/** Steps until one fails: what would follow it makes no sense then. */
async function playFlow(
  { client, recorder, random }: Player,
  flow: Flow,
  saved: ReadonlyMap<string, unknown>,
  dueAtMs: number,
): Promise<void> {
  const values = new Map(saved);
  let dueMs = dueAtMs;
  for (const step of flow.steps) {
    const { status, body } = await client.send(toRequest(step, values, random));
    const endedAtMs = performance.now();
    const isSuccess = isExpected(step, status) && save(step, body, values);
    recorder.record(step.request, status, isSuccess, endedAtMs - dueMs);
    if (!isSuccess) return;
    dueMs = endedAtMs;
  }
}

function toRequest(step: Step, values: ReadonlyMap<string, unknown>, random: Random) {
  const [method = "", path = ""] = fillText(step.request, values, random).split(" ");
  const query = fillAll(step.query ?? {}, values, random);
  const search = step.query === undefined ? "" : `?${new URLSearchParams(query)}`;
  const headers = fillAll(step.headers, values, random);
  if (step.body === undefined) return { method, path: path + search, headers };
  const body = JSON.stringify(fillJson(step.body as Json, values, random));
  return { method, path: path + search, headers: { "content-type": "application/json", ...headers }, body };
}

function fillAll(
  texts: Record<string, string>,
  values: ReadonlyMap<string, unknown>,
  random: Random,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, fillText(text, values, random)]),
  );
}

function isExpected({ expect }: Step, status: number): boolean {
  return expect === undefined ? status >= 200 && status < 300 : expect.includes(status);
}

/** @returns false when the answer lacks something to be saved; an empty list counts as lacking */
function save(step: Step, body: string, values: Map<string, unknown>): boolean {
  if (step.save === undefined) return true;
  const json = parse(body);
  return Object.entries(step.save).every(([name, path]) => {
    const value = readPath(json, path);
    values.set(name, value);
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

import type { EventEmitter } from "node:events";
import type { Client, Request } from "autocannon";
import { setUp } from "./flow.ts";
import { FlowPlayer } from "./flow-player.ts";
import { openHttpClient } from "./http-client.ts";
import { createRecorder, type RouteResult } from "./recorder.ts";
import type { Scenario } from "./scenario.ts";

export type ClosedLoopOptions = {
  /** Where the requests go: `http://host:port`. */
  baseUrl: string;
  scenario: Scenario;
  /** How many people are at work at the same time. */
  connections: number;
  durationSeconds: number;
  /** No answer within this is a failure; whole seconds, default 10. */
  timeoutSeconds?: number;
  signal?: AbortSignal | undefined;
};

export type ClosedLoopResult = {
  connections: number;
  seconds: number;
  /** Flows that were played to their end, each second. */
  flowsPerSecond: number;
  requestsPerSecond: number;
  routes: RouteResult[];
  total: RouteResult;
};

/**
 * Plays a scenario in closed loop: a fixed number of connections, each of which sends its next request as soon as the one before is
 * answered. It finds how much a system can do, and says nothing of what users see at a given rate: who waits sends nothing.
 *
 * @throws SetupError when a step of the setup was not answered as expected
 */
export async function runClosedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  const { baseUrl, scenario, connections, durationSeconds, timeoutSeconds = 10, signal } = options;
  using setupClient = openHttpClient(baseUrl, { timeoutMs: timeoutSeconds * 1_000 });
  const saved = await setUp(scenario, setupClient, Math.random, baseUrl);
  const recorder = createRecorder();
  const players: FlowPlayer[] = [];
  // Loaded here: it is large, and most commands never need it.
  const { default: autocannon } = await import("autocannon");
  const startedAtMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    const running = autocannon(
      {
        ...{ url: baseUrl, connections, duration: durationSeconds, timeout: timeoutSeconds },
        // How often it looks whether the time is over.
        sampleInt: 100,
        setupClient(client) {
          const player = new FlowPlayer(scenario, saved, recorder);
          players.push(player);
          play(client, player);
        },
      },
      (error: Error | null) => {
        signal?.removeEventListener("abort", stop);
        if (error === null) resolve();
        else reject(error);
      },
    );
    const stop = (): void => running.stop();
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
  });
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const total = recorder.total();
  return {
    ...{ connections, seconds, total, routes: recorder.routes() },
    flowsPerSecond: players.reduce((sum, { flows }) => sum + flows, 0) / seconds,
    requestsPerSecond: total.requests / seconds,
  };
}

/** Makes one connection of autocannon play flows; it asks for each request when it sends it. */
function play(client: Client, player: FlowPlayer): void {
  const events: EventEmitter = client;
  events.on("connError", () => player.lost());
  events.on("timeout", () => player.lost());
  client.setRequests([
    {
      setupRequest: (request) => ({ ...request, ...player.next() }) as Request,
      onResponse: (status, body) => player.answered(status, body),
    },
  ]);
}

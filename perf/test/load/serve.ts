import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readScenario, type Scenario } from "../../src/load/scenario.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server on a free port that does what a test needs. */
export async function serve(handle: Handler): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A scenario of the given parts: 50 flows a second for one second unless they say otherwise. */
export function scenarioOf(parts: object): Scenario {
  const reading = readScenario(
    JSON.stringify({ name: "test", flowsPerSecond: 50, durationSeconds: 1, ...parts }),
  );
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  return reading.scenario;
}

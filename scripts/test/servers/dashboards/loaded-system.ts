import { join } from "node:path";
import { type FullModeServer, fullModeServers } from "@kontor/kit/testing/servers/server-versions";
import { runLoad } from "@kontor/perf/load/run-load";
import { openScenario, workingDay } from "../../../load/load-command.ts";
import { readOrMakeSecrets } from "../../../start/secrets.ts";
import type { System } from "../../../start/system.ts";
import { openTemporaryFolder } from "../../../start/temporary-folder.ts";
import { openTestSystem } from "../../system/running-system.ts";
import { logsOf, metricsOf, nanoseconds, sendOtlp, serviceAttributes } from "../otlp.ts";
import type { Backends } from "./ask.ts";

export type FullSystem = AsyncDisposable & { system: System; backends: Backends };

/** The system in full mode with all that its dashboards read. */
export async function openFullSystem(
  servers: readonly FullModeServer[] = fullModeServers,
): Promise<FullSystem> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await openTemporaryFolder("system"));
  const dataDir = join(folder.path, "data");
  const system = stack.use(await openTestSystem(dataDir, { servers, startDeadlineMs: 150_000 }));
  const { influxdb: token } = await readOrMakeSecrets(dataDir);
  const { prometheus = "", influxdb = "", loki = "", jaeger = "" } = system.urls;
  const access = { url: influxdb, organisation: "kontor", bucket: "telemetry", token };
  const opened = stack.move();
  return {
    system,
    backends: { prometheus, influxdb: access, loki, jaeger },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const longSeconds = 600;

/** People at work on the ERP until disposal, which waits for the answers that are under way. */
export async function startWorkingDay({ urls }: System, flowsPerSecond: number): Promise<AsyncDisposable> {
  const stop = new AbortController();
  const running = runLoad({
    baseUrl: urls.gateway,
    scenario: await openScenario(workingDay),
    flowsPerSecond,
    durationSeconds: longSeconds,
    signal: stop.signal,
  });
  // Whoever disposes of it looks at it.
  running.catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

const dayMs = 86_400_000;

/**
 * Telemetry that is refused somewhere for good, so that panels of losses have something to show: a log line of tomorrow (Loki and
 * the observer do not take it), a point of last year (Prometheus), and a request that is no OTLP (the observer).
 */
export async function sendRefusable({ urls, ports }: System): Promise<void> {
  const resource = serviceAttributes("somebody");
  const line = { timeUnixNano: nanoseconds(Date.now() + dayMs), body: { stringValue: "of tomorrow" } };
  const old = nanoseconds(Date.now() - 365 * dayMs);
  const points = [{ timeUnixNano: old, asDouble: 1 }];
  await sendOtlp(urls.otlp, "logs", logsOf(resource, [line]));
  await sendOtlp(urls.otlp, "metrics", metricsOf(resource, [{ name: "old", gauge: { dataPoints: points } }]));
  const garbage = { method: "POST", headers: { "content-type": "application/json" }, body: "no OTLP" };
  await (await fetch(`http://127.0.0.1:${ports.observerOtlp}/v1/traces`, garbage)).body?.cancel();
}

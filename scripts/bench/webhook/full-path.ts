import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startAlertmanager } from "@kontor/kit/testing/servers/alertmanager";
import { startCollector } from "@kontor/kit/testing/servers/collector";
import { startPrometheus } from "@kontor/kit/testing/servers/prometheus";
import { startSink } from "@kontor/kit/testing/servers/sink";
import { answers, startServer } from "@kontor/kit/testing/servers/start-server";
import { readConfiguration } from "@kontor/observer/config/read-configuration";
import { defaultRuleOptions, toRuleFile } from "@kontor/observer/exports/prometheus/to-rule-file";
import { z } from "zod";
import { repository } from "../../starter/install.mjs";
import { openWebhookLog, type WebhookLog } from "./webhook-log.ts";

/** Everything between a service and two receivers of webhooks: one is told by the observer, one by Alertmanager. */
export type FullPath = AsyncDisposable & {
  /** Of the collector. */
  readonly otlpUrl: string;
  readonly log: WebhookLog;
};

/** Who posts to the log. */
export const senders = { ours: "observer", tuned: "alertmanager" } as const;

const kontor = fileURLToPath(new URL("../../kontor.ts", import.meta.url));

/**
 * Services send to the collector, which sends to Prometheus and the observer. The observer evaluates on Prometheus; the same Prometheus
 * evaluates the same rules, exported, and tells Alertmanager. So both decide on the same points.
 *
 * @throws AppError `servers.missing`
 */
export async function openFullPath(): Promise<FullPath> {
  await using stack = new AsyncDisposableStack();
  const log = stack.use(await openWebhookLog());
  const sink = stack.use(await startSink());
  const alertmanager = stack.use(await startAlertmanager(handTuned(log.url(senders.tuned))));
  const prometheus = stack.use(await startPrometheus({ alertmanagerUrl: alertmanager.url }));
  await prometheus.loadRules(exportRules());
  const observer = await startObserver(prometheus.url, log.url(senders.ours));
  stack.use(observer);
  // Asked to end, it takes its PostgreSQL along.
  stack.defer(() => observer.stop("SIGTERM"));
  const collector = stack.use(
    await startCollector({
      environment: {
        OBSERVER_OTLP_URL: observer.otlpUrl,
        PROMETHEUS_OTLP_URL: prometheus.otlpUrl,
        INFLUXDB_URL: sink.url,
      },
    }),
  );
  const open = stack.move();
  return { log, otlpUrl: collector.otlpUrl, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** As quick as Alertmanager can be: every alert is a group of its own and nothing is waited for. */
function handTuned(url: string): string {
  const receiver = { name: "webhook", webhook_configs: [{ url }] };
  const waits = { group_wait: "0s", group_interval: "1s", repeat_interval: "1h" };
  return JSON.stringify({
    route: { receiver: receiver.name, group_by: ["..."], ...waits },
    receivers: [receiver],
  });
}

/** The shipped limits of the two rules, and no others. */
function readLimits() {
  const { defaults } = z
    .object({ defaults: z.object({ latencyP95MsMax: z.json(), memoryMbMax: z.json() }) })
    .parse(JSON.parse(readFileSync(join(repository, "observer_config.json"), "utf8")));
  return { defaults };
}

/** Evaluated each second, as the observer does; only the names that these services send are read. */
function exportRules(): object {
  const reading = readConfiguration(JSON.stringify(readLimits()), { environment: {} });
  if (!reading.ok) throw new Error("the limits are not a configuration");
  return toRuleFile(reading.configuration, { ...defaultRuleOptions, evaluationSeconds: 1, names: "first" });
}

/** `kontor observe` with the shipped settings, in a process of its own. */
async function startObserver(prometheusUrl: string, webhookUrl: string) {
  const server = await startServer("kontor observe", 2, async ({ folder, ports: [port, otlpPort] }) => {
    // PostgreSQL runs under an account of its own and has to get at its files.
    await chmod(folder, 0o755);
    const config = join(folder, "observer_config.json");
    await writeFile(config, JSON.stringify(readLimits()));
    const data = ["--config", config, "--data", join(folder, "data")];
    const listen = ["--port", String(port), "--otlp-port", String(otlpPort)];
    return {
      program: process.execPath,
      args: [kontor, "observe", ...data, ...listen, "--source", "prometheus"],
      environment: { PROMETHEUS_URL: prometheusUrl, WEBHOOK_URL: webhookUrl },
      isReady: () => answers(`http://127.0.0.1:${port}/health`),
      // It makes its database first.
      readyWithinMs: 240_000,
    };
  });
  return Object.assign(server, { otlpUrl: `http://127.0.0.1:${server.ports[1]}` });
}

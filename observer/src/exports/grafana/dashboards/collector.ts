import type { Configuration } from "../../../config/configuration.ts";
import { type NamedDashboard, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import type { Panel } from "../model.ts";
import { graph } from "../panels.ts";
import { limitGraph, perPoint, type View } from "../signal-panels.ts";
import { promql } from "../targets.ts";
import { environmentVariable, inEnvironment } from "../variables.ts";

/** What the collector calls what it carries, and how people call it. */
const items = [
  ["spans", "spans"],
  ["metric_points", "points"],
  ["log_records", "log records"],
] as const;

/** The OpenTelemetry Collector: does everything that services send arrive everywhere? */
export function collector(configuration: Configuration): NamedDashboard {
  const sized = (panels: readonly Panel[]) => panels.map((panel) => ({ panel, width: 8, height: 8 }));
  return toDashboard({
    name: "collector",
    title: "Collector",
    description:
      "The OpenTelemetry Collector between services and backends: what comes in, what waits, what is sent, what is lost.",
    audience: "sre",
    variables: [datasourceVariable("prometheus"), environmentVariable()],
    sections: [
      { title: "In", panels: sized(inPanels()) },
      { title: "Out", panels: sized(outPanels(configuration)) },
      { title: "The process", panels: sized(processPanels()) },
    ],
  });
}

const rateOf = (name: string) => `rate(otelcol_${name}_total{${inEnvironment}}[${perPoint}])`;

const growth = (name: string, by: string) => `sum by (${by}) (${rateOf(name)})`;

/**
 * Of several ways to lose something all together: those of one exporter differ by their name alone, which `rate` takes away. Zero
 * where the collector has never counted such a thing, so that good news is not an empty panel.
 */
export const losses = (names: readonly string[], by: string) => {
  const ways = names.map((name) => `label_replace(${rateOf(name)}, "way", "${name}", "", "")`);
  return `sum by (${by}) (${ways.join(" or ")}) or vector(0)`;
};

function inPanels(): Panel[] {
  return [
    graph({
      title: "Accepted",
      description:
        "What senders handed over. A fall of all three at once means that services cannot reach the collector.",
      unit: "ops",
      queries: items.map(([name, words]) =>
        promql(growth(`receiver_accepted_${name}`, "receiver"), `{{receiver}} ${words}`),
      ),
    }),
    graph({
      title: "Refused",
      description:
        "Turned away because memory or a queue is full; senders try again. When it lasts, a backend is away or the collector too small.",
      unit: "ops",
      queries: items.map(([name, words]) =>
        promql(
          losses([`receiver_refused_${name}`, `receiver_failed_${name}`], "receiver"),
          `{{receiver}} ${words}`,
        ),
      ),
    }),
    graph({
      title: "Through the processors",
      description:
        "Items that leave each processor. Tail sampling and filters give less than they take; all others give all.",
      unit: "ops",
      queries: [
        promql(growth("processor_outgoing_items", "processor, otel_signal"), "{{processor}} {{otel_signal}}"),
      ],
    }),
  ];
}

export const perQueue: View = {
  matchers: [inEnvironment],
  by: ["service_name", "exporter", "data_type"],
  legend: "{{exporter}} {{data_type}}",
};

function outPanels(configuration: Configuration): Panel[] {
  return [
    graph({
      title: "Sent",
      description:
        "What each backend took. Compare with what was accepted: a backend that takes less has a growing queue.",
      unit: "ops",
      queries: items.map(([name, words]) =>
        promql(growth(`exporter_sent_${name}`, "exporter"), `{{exporter}} ${words}`),
      ),
    }),
    limitGraph(configuration, "exportQueueRatioMax", {
      title: "Queues",
      description:
        "Share of each exporter's queue that is in use. A queue that fills is a backend that is away or too slow; at 100 % senders are refused.",
      view: perQueue,
    }),
    graph({
      title: "Lost or failed",
      description:
        "Sending that failed for good, and items no queue had room for. Anything above zero is telemetry that is gone: read the collector's log.",
      unit: "ops",
      queries: items.map(([name, words]) =>
        promql(
          losses([`exporter_send_failed_${name}`, `exporter_enqueue_failed_${name}`], "exporter"),
          `{{exporter}} ${words}`,
        ),
      ),
    }),
  ];
}

function processPanels(): Panel[] {
  const by = "service_name, service_instance_id";
  const legend = "{{service_name}} {{service_instance_id}}";
  return [
    graph({
      title: "Memory",
      description:
        "Resident memory of each collector. At its limit the memory limiter refuses before the system ends the process.",
      unit: "bytes",
      queries: [promql(`max by (${by}) (otelcol_process_memory_rss_bytes{${inEnvironment}})`, legend)],
    }),
    graph({
      title: "CPU",
      description:
        "Cores used. Sampling and span metrics cost most: more agents do not help there, more gateways do.",
      unit: "count",
      queries: [promql(growth("process_cpu_seconds", by), legend)],
    }),
    graph({
      title: "Time since its start",
      description: "A line that falls to zero is a restart. What waited in a queue on disk is sent after it.",
      unit: "s",
      // A total of seconds that is itself the value: nothing is gained by its rate.
      queries: [promql(`max by (${by}) (otelcol_process_uptime_seconds_total{${inEnvironment}})`, legend)],
    }),
  ];
}

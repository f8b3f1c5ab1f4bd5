import type { Configuration } from "../../../config/configuration.ts";
import { type NamedDashboard, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toJaeger, toObservedService, toService } from "../links.ts";
import { graph } from "../panels.ts";
import { gaugeOf, quantileOf, rateOf } from "../raw-metrics.ts";
import { limitGraph, perService, perSubject, signalGraph } from "../signal-panels.ts";
import { promql } from "../targets.ts";
import { environmentVariable, observerVariable, serviceVariable } from "../variables.ts";

const destination = "messaging_destination_name";
const consumer = "messaging_consumer_group_name";
const links = [toService("series"), toObservedService("series"), toJaeger("series")];

/** Messages between services: sent, waiting, handled. */
export function broker(configuration: Configuration): NamedDashboard {
  const sent = [
    graph({
      title: "Sent",
      description:
        "Events handed to the bus a second, by destination. None at usual load means that the outbox of the sender stands still.",
      unit: "ops",
      queries: [
        promql(
          rateOf("messaging_client_sent_messages_total", ["service_name", destination]),
          `{{service_name}} {{${destination}}}`,
        ),
      ],
    }),
    graph({
      title: "p95 of sending",
      description: "Until the bus has stored it. When it grows, the broker is short of disk or memory.",
      unit: "s",
      queries: [
        promql(
          quantileOf(0.95, "messaging_client_operation_duration_seconds", ["service_name"]),
          "{{service_name}}",
        ),
      ],
    }),
    signalGraph("messagingRate", {
      title: "Handled",
      description:
        "Messages consumed a second. It should follow what is sent; where it stays behind, the queue grows.",
      view: perService,
      links,
    }),
  ];
  const waiting = [
    limitGraph(configuration, "queueDepthMax", {
      title: "Waiting, longest queue",
      description:
        "A queue that does not get shorter has no consumer, or one that fails again and again: look at its errors.",
      view: perSubject,
      links,
    }),
    graph({
      title: "Waiting by queue",
      description: "Which consumer does not keep up. Messages that wait for another try are counted too.",
      unit: "count",
      stacked: true,
      queries: [
        promql(
          gaugeOf("max", "kontor_messaging_queue_depth", [destination, consumer]),
          `{{${destination}}} {{${consumer}}}`,
        ),
      ],
    }),
    limitGraph(configuration, "messagingDeliveryP95MsMax", {
      title: "Lag p95",
      description:
        "From what happened to the consumer that begins with it. Over the limit, add consumers or make one message cheaper.",
      view: perSubject,
      links,
    }),
  ];
  const handled = [
    limitGraph(configuration, "messagingLatencyP95MsMax", {
      title: "p95 of handling",
      description:
        "How long one message takes. When it grows with the database's p95, the database is the cause.",
      view: perSubject,
      links,
    }),
    limitGraph(configuration, "messagingErrorRatioMax", {
      title: "Handling that fails",
      description:
        "Failed messages are tried again, then kept as dead letters. Read the consumer's log, mend it, publish them again.",
      view: perSubject,
      links,
    }),
    graph({
      title: "Handled by destination",
      description: "What the consumers are busy with.",
      unit: "ops",
      stacked: true,
      queries: [
        promql(
          rateOf("messaging_process_duration_seconds_count", [destination, consumer]),
          `{{${destination}}} {{${consumer}}}`,
        ),
      ],
    }),
  ];
  const sized = (panels: typeof sent) => panels.map((panel) => ({ panel, width: 8, height: 8 }));
  return toDashboard({
    name: "broker",
    title: "Broker",
    description: "Messages between services: what is sent, what waits, what is handled and what fails.",
    audience: "sre",
    variables: [
      datasourceVariable("prometheus"),
      datasourceVariable("jaeger"),
      environmentVariable(),
      serviceVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Sent and handled", panels: sized(sent) },
      { title: "Waiting", panels: sized(waiting) },
      { title: "Handling", panels: sized(handled) },
    ],
  });
}

import type { Configuration } from "../../../config/configuration.ts";
import { type NamedDashboard, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toJaeger, toObservedService, toService } from "../links.ts";
import { graph } from "../panels.ts";
import { gaugeOf, quantileOf, rateOf } from "../raw-metrics.ts";
import { limitGraph, perService, perSubject, signalGraph } from "../signal-panels.ts";
import { promql } from "../targets.ts";
import { environmentVariable, observerVariable, serviceVariable } from "../variables.ts";

const operation = "db_client_operation_duration_seconds";
const links = [toService("series"), toObservedService("series"), toJaeger("series")];

/** What services ask of their databases, and how their pools hold. */
export function database(configuration: Configuration): NamedDashboard {
  const panels = [
    signalGraph("databaseOperationRate", {
      title: "Operations by service",
      description:
        "Statements a second. Compare with requests: when statements grow and requests do not, look for an N+1 in the observer.",
      view: perService,
      links,
    }),
    limitGraph(configuration, "databaseLatencyP95MsMax", {
      title: "p95 by service",
      description:
        "Time of statements as the service feels it. Above the limit, see which operation below, and the statement in the observer.",
      view: perSubject,
      links,
      exemplars: true,
    }),
    limitGraph(configuration, "databaseErrorRatioMax", {
      title: "Operations that fail",
      description:
        "A refused duplicate counts too. A sudden rise of all services is the database itself: look at its log and its connections.",
      view: perSubject,
      links,
    }),
    graph({
      title: "Operations by kind",
      description:
        "SELECT, INSERT, BEGIN and so on. Many BEGIN for few INSERT are transactions that read only.",
      unit: "ops",
      stacked: true,
      queries: [promql(rateOf(`${operation}_count`, ["db_operation_name"]), "{{db_operation_name}}")],
    }),
    graph({
      title: "p95 by kind",
      description:
        "Which kind of statement is slow. COMMIT points to the disk, UPDATE to locks, SELECT to a missing index.",
      unit: "s",
      queries: [promql(quantileOf(0.95, operation, ["db_operation_name"]), "{{db_operation_name}}")],
    }),
    limitGraph(configuration, "databasePoolRatioMax", {
      title: "Connections in use of the pool",
      description:
        "Fullest pool of a service. At 100 % requests wait: shorten what holds connections before making the pool larger.",
      view: perSubject,
      links,
    }),
    limitGraph(configuration, "databasePoolPendingMax", {
      title: "Requests waiting for a connection",
      description: "Longest line of a service. Anything above zero is waiting that callers feel.",
      view: perSubject,
      links,
    }),
    graph({
      title: "Connections by state",
      description: "Used and idle connections of all pools together. Compare with what the database allows.",
      unit: "count",
      stacked: true,
      queries: [
        promql(
          gaugeOf("sum", "db_client_connection_count", ["service_name", "db_client_connection_state"]),
          "{{service_name}} {{db_client_connection_state}}",
        ),
      ],
    }),
  ];
  return toDashboard({
    name: "database",
    title: "Database",
    description:
      "What services ask of their databases, how long it takes, and whether their pools are large enough.",
    audience: "sre",
    variables: [
      datasourceVariable("prometheus"),
      datasourceVariable("jaeger"),
      environmentVariable(),
      serviceVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Statements", panels: panels.slice(0, 5).map((panel) => ({ panel, width: 8, height: 8 })) },
      { title: "Connections", panels: panels.slice(5).map((panel) => ({ panel, width: 8, height: 8 })) },
    ],
  });
}

import type { Configuration } from "../../../config/configuration.ts";
import { type NamedDashboard, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toFindings, toJaeger, toObservedRoute, toObservedService, toObservedTraces } from "../links.ts";
import type { Panel } from "../model.ts";
import { type Column, graph, rows, table } from "../panels.ts";
import {
  limitGraph,
  limitUse,
  perPoint,
  perRoute,
  perService,
  signalExpression,
  wholeRange,
} from "../signal-panels.ts";
import { jaegerSearch, promql, promqlColumn } from "../targets.ts";
import {
  environmentVariable,
  observerVariable,
  ofService,
  routeVariable,
  serviceVariable,
} from "../variables.ts";

/** "Orders are slow": from the endpoint to its traces and findings. */
export function endpoints(configuration: Configuration): NamedDashboard {
  const all = [
    { panel: slowest(configuration), width: 24, height: 10 },
    ...[
      limitGraph(configuration, "latencyP95MsMax", {
        title: "p95 by endpoint",
        description:
          "95 of 100 requests are faster. Click a line for its slowest traces; a finding there names statement, count and place.",
        view: perRoute,
        links: [toObservedTraces("series"), toObservedRoute("series"), toJaeger("series")],
        exemplars: true,
      }),
      timeSpent(),
      limitGraph(configuration, "errorRatioMax", {
        title: "Errors by endpoint",
        description:
          "Requests answered with 5xx or not at all. A failed trace shows the exception and its log lines.",
        view: perRoute,
        links: [toObservedTraces("series"), toJaeger("series")],
      }),
    ].map((panel) => ({ panel, width: 8, height: 9 })),
  ];
  const causes = [findings(), waiting()].map((panel) => ({ panel, width: 12, height: 8 }));
  return toDashboard({
    name: "endpoints",
    title: "Slow endpoints",
    description:
      "Which endpoint of a service is slow, where its time goes, and the traces and findings that show it.",
    audience: "developer",
    variables: [
      datasourceVariable("prometheus"),
      datasourceVariable("jaeger"),
      environmentVariable(),
      serviceVariable(false),
      routeVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Endpoints", panels: all },
      { title: "Causes", panels: causes },
      { title: "Traces", panels: [{ panel: traces(), width: 24, height: 9 }] },
    ],
  });
}

function slowest(configuration: Configuration): Panel {
  const signal = (name: Parameters<typeof signalExpression>[0]) =>
    promqlColumn(signalExpression(name, perRoute, wholeRange));
  const use = limitUse(configuration, "latencyP95MsMax", perRoute, wholeRange);
  const columns: Column[] = [
    { name: "p95", unit: "ms" },
    { name: "p50", unit: "ms" },
    { name: "Requests", unit: "1/s" },
    { name: "Errors", unit: "ratio" },
    ...(use === undefined
      ? []
      : [{ name: "Of limit", unit: "ratio", limit: { limit: 1, bound: "max" } } as const]),
  ];
  return table({
    title: "Endpoints, slowest first",
    description:
      "Over the whole chosen range. From 100 % of its limit on an endpoint breaks it: open its traces, slowest first, from the row.",
    columns,
    queries: [
      signal("serverLatencyP95"),
      signal("serverLatencyP50"),
      signal("serverRequestRate"),
      signal("serverErrorRatio"),
      ...(use === undefined ? [] : [promqlColumn(use)]),
    ],
    labels: { service_name: "Service", http_request_method: "Method", http_route: "Route" },
    sortBy: "p95",
    links: [toObservedTraces("row"), toObservedRoute("row"), toJaeger("row")],
  });
}

/** Time that all requests of an endpoint take together: what is worth mending first. */
function timeSpent(): Panel {
  const { matchers, legend } = perRoute;
  const labels = "service_name, http_request_method, http_route";
  return graph({
    title: "Time spent by endpoint",
    description:
      "Seconds of work a second: duration times use. The largest area is worth more than the slowest endpoint that nobody calls.",
    unit: "count",
    stacked: true,
    links: [toObservedTraces("series"), toObservedRoute("series")],
    queries: [
      promql(
        `sum by (${labels}) (rate(http_server_request_duration_seconds_sum{${matchers.join(",")},http_route!=""}[${perPoint}]))`,
        legend,
      ),
    ],
  });
}

function findings(): Panel {
  return table({
    title: "Findings",
    description:
      "Causes that the observer found in traces and nobody has mended, by endpoint. Open the endpoint for statement, place and advice.",
    columns: [
      { name: "Open", unit: "count" },
      { name: "Time lost", unit: "s" },
    ],
    queries: ["kontor_findings", "kontor_findings_lost_time_seconds"].map((name) =>
      promqlColumn(
        `sum by (service_name, endpoint, detector) (${name}{${ofService},state=~"open|reopened"})`,
      ),
    ),
    labels: { service_name: "Service", endpoint: "Endpoint", detector: "Finding" },
    sortBy: "Time lost",
    links: [toObservedService("row"), toFindings()],
  });
}

function waiting(): Panel {
  const { matchers } = perService;
  const share = (name: string) => `sum(rate(${name}_sum{${matchers.join(",")}}[${perPoint}]))`;
  return graph({
    title: "What requests wait for",
    description:
      "Seconds a second in requests, in database operations and in outgoing calls. What is left of the requests is the service's own work.",
    unit: "count",
    queries: [
      promql(share("http_server_request_duration_seconds"), "requests"),
      promql(share("db_client_operation_duration_seconds"), "database"),
      promql(share("http_client_request_duration_seconds"), "outgoing calls"),
    ],
  });
}

function traces(): Panel {
  return rows({
    title: "Traces in Jaeger",
    description:
      "Traces of the service that the collector kept: errors, slow ones and a share of the rest. The observer has all of them.",
    queries: [jaegerSearch({ service: "$service" })],
    overrides: [
      { matcher: { id: "byName", options: "Duration" }, properties: [{ id: "unit", value: "µs" }] },
      {
        matcher: { id: "byName", options: "Trace ID" },
        properties: [
          {
            id: "links",
            value: [
              { title: "In the observer", url: `\${observer}/traces/\${__value.raw}`, targetBlank: true },
            ],
          },
        ],
      },
    ],
  });
}

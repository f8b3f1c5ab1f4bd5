import type { Configuration } from "../../../config/configuration.ts";
import { type NamedDashboard, type SizedPanel, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toEndpoints, toObservedService, toService } from "../links.ts";
import { type Column, graph, stat, table } from "../panels.ts";
import {
  limitGraph,
  limitUse,
  perRoute,
  perService,
  perSubject,
  signalExpression,
  signalGraph,
  signalQuery,
  wholeRange,
  worstStat,
} from "../signal-panels.ts";
import { promqlColumn, promqlNow } from "../targets.ts";
import {
  environmentVariable,
  inEnvironment,
  observerVariable,
  ofService,
  serviceVariable,
} from "../variables.ts";

/** What an SRE looks at first: is anything wrong, and where. */
export function overview(configuration: Configuration): NamedDashboard {
  return toDashboard({
    name: "overview",
    title: "Overview",
    description:
      "Is anything wrong, since when, and in which service? Every red number is a limit of observer_config.json.",
    audience: "sre",
    variables: [
      datasourceVariable("prometheus"),
      environmentVariable(),
      serviceVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Now", panels: nowPanels(configuration) },
      { title: "Services", panels: servicePanels(configuration) },
    ],
  });
}

const firing = `sum(kontor_alerts{${inEnvironment},${ofService},state="firing"})`;

function nowPanels(configuration: Configuration): SizedPanel[] {
  const worst = { matchers: perService.matchers, legend: "" };
  const panels = [
    stat({
      title: "Alerts firing",
      description:
        "Alerts that the observer has raised and not resolved. Open the observer from a service below to see which.",
      unit: "count",
      limit: { limit: 1, bound: "max" },
      queries: [promqlNow(`${firing} or vector(0)`)],
    }),
    stat({
      title: "Requests",
      description:
        "Requests answered a second by all chosen services. A sudden fall means that callers no longer get through.",
      unit: "1/s",
      queries: [promqlNow(`sum(${signalExpression("serviceRequestRate", perService)})`)],
    }),
    worstStat(configuration, "errorRatioMax", {
      title: "Worst error ratio",
      description:
        "The endpoint that fails most, of its requests. Follow the service's row to its endpoints and traces.",
      view: worst,
    }),
    worstStat(configuration, "latencyP95MsMax", {
      title: "Worst p95",
      description:
        "The slowest endpoint by its 95th percentile. Follow the service's row to its endpoints and traces.",
      view: worst,
    }),
    worstStat(configuration, "availabilityRatioMin", {
      title: "Worst availability",
      description:
        "The service whose health page fails most. Below the limit it is down or one of its dependencies is.",
      view: worst,
    }),
    stat({
      title: "Findings open",
      description:
        "Causes of lost time that the observer has found in traces and nobody has mended. They stand in the observer with statement and place.",
      unit: "count",
      queries: [promqlNow('sum(kontor_findings{state=~"open|reopened"}) or vector(0)')],
    }),
  ];
  return panels.map((panel) => ({ panel, width: 4, height: 4 }));
}

function servicePanels(configuration: Configuration): SizedPanel[] {
  return [
    { panel: servicesTable(configuration), width: 24, height: 9 },
    {
      panel: signalGraph("serviceRequestRate", {
        title: "Requests by service",
        description:
          "Where the load is. Compare with the same hour of another day before calling a change a fault.",
        view: perService,
        links: [toService("series"), toObservedService("series")],
      }),
      width: 8,
      height: 8,
    },
    {
      panel: graph({
        title: "Errors by service",
        description:
          "Requests answered with 5xx or not at all, of all. Open the endpoints of the service to see which.",
        unit: "ratio",
        links: [toService("series"), toEndpoints("series")],
        queries: [signalQuery("serviceErrorRatio", perSubject)],
      }),
      width: 8,
      height: 8,
    },
    {
      panel: limitGraph(configuration, "latencyP95MsMax", {
        title: "p95 by endpoint",
        description:
          "Endpoints against their limit. Above it, look for a finding in the observer, or for the span that grew in a slow trace.",
        view: { ...perRoute, matchers: perService.matchers },
        links: [toService("series"), toEndpoints("series")],
        exemplars: true,
      }),
      width: 8,
      height: 8,
    },
  ];
}

/** How much of each limit a service uses: 100 % is the limit, whatever it is a limit of. */
function servicesTable(configuration: Configuration) {
  const use = [
    ["latencyP95MsMax", "p95 of limit"],
    ["errorRatioMax", "Errors of limit"],
    ["cpuRatioMax", "CPU of limit"],
    ["memoryMbMax", "Memory of limit"],
    ["eventLoopDelayP99MsMax", "Event loop of limit"],
    ["databasePoolRatioMax", "Connections of limit"],
  ] as const;
  const columns: Column[] = [{ name: "Requests", unit: "1/s" }];
  const queries = [promqlColumn(signalExpression("serviceRequestRate", perService, wholeRange))];
  for (const [key, name] of use) {
    const expression = limitUse(configuration, key, perSubject, wholeRange);
    if (expression === undefined) continue;
    columns.push({ name, unit: "ratio", limit: { limit: 1, bound: "max" } });
    queries.push(promqlColumn(`max by (service_name) (${expression})`));
  }
  return table({
    title: "Limits in use",
    description:
      "For each service the share of its limits that it used in the chosen range, worst endpoint or instance. From 100 % on a limit is broken: open the service.",
    columns,
    queries,
    labels: { service_name: "Service" },
    sortBy: columns[1]?.name ?? "Requests",
    links: [toService("row"), toEndpoints("row"), toObservedService("row")],
  });
}

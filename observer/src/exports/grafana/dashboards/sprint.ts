import type { Configuration } from "../../../config/configuration.ts";
import type { LimitName } from "../../../config/limit-keys.ts";
import { type NamedDashboard, type SizedPanel, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toFindings, toReport } from "../links.ts";
import type { Panel } from "../model.ts";
import { graph, table } from "../panels.ts";
import { promql, promqlColumn } from "../targets.ts";
import { keptTable, limitTrend, trend } from "../trend-panels.ts";
import {
  environmentVariable,
  inEnvironment,
  observerVariable,
  ofService,
  serviceVariable,
} from "../variables.ts";

/** The last two weeks: what was promised, how it went, what was made better. */
export function sprint(configuration: Configuration): NamedDashboard {
  const sized = (panels: readonly Panel[], width = 8): SizedPanel[] =>
    panels.map((panel) => ({ panel, width, height: 8 }));
  return toDashboard({
    name: "sprint",
    title: "Sprint review",
    description:
      "Objectives kept, trends and optimisations of the last two weeks. The report of the observer says the same in words.",
    audience: "sprint",
    from: "now-14d",
    refresh: "5m",
    variables: [
      datasourceVariable("prometheus"),
      datasourceVariable("influxdb"),
      environmentVariable(),
      serviceVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Objectives", panels: sized(objectivePanels(configuration)) },
      { title: "Trends", panels: sized(trendPanels(configuration)) },
      { title: "Optimisations", panels: sized(optimisationPanels()) },
    ],
  });
}

const objectives: readonly (readonly [LimitName, string])[] = [
  ["latencyP95MsMax", "p95 kept"],
  ["errorRatioMax", "Error ratio kept"],
  ["cpuRatioMax", "CPU kept"],
];

function objectivePanels(configuration: Configuration): Panel[] {
  return objectives.map(([key, title]) =>
    keptTable(configuration, key, {
      title,
      description: `Share of the time with data in which ${key} was kept. Below 100 %, open the endpoint at the time of the breach and plan what mends it.`,
    }),
  );
}

function trendPanels(configuration: Configuration): Panel[] {
  return [
    trend("serviceRequestRate", {
      title: "Requests",
      description: "The load that everything else has to be read against: twice the load is no regression.",
    }),
    limitTrend(configuration, "latencyP95MsMax", {
      title: "p95 by endpoint",
      description:
        "A step up on the day of a deployment is a regression of it; a slow rise is data that grows.",
    }),
    trend("serviceErrorRatio", {
      title: "Error ratio",
      description:
        "Errors of all requests by service. Peaks should each have an alert and a cause that was mended.",
    }),
    limitTrend(configuration, "memoryMbMax", {
      title: "Memory",
      description: "Largest instance by service. A line that rises between deployments is a leak.",
    }),
    limitTrend(configuration, "cpuRatioMax", {
      title: "CPU of allowed cores",
      description:
        "Busiest instance by service. What comes near the limit needs work or instances in the next sprint.",
    }),
    trend("databaseOperationRate", {
      title: "Database operations",
      description:
        "Statements a second by service. Read against the requests: more statements for each request are an N+1.",
    }),
  ];
}

function optimisationPanels(): Panel[] {
  return [
    graph({
      title: "Findings by state",
      description:
        "Causes of lost time in traces. Open and reopened ones are work; validated ones were mended with a measured effect.",
      unit: "count",
      stacked: true,
      links: [toReport(), toFindings()],
      queries: [promql(`sum by (state) (kontor_findings{${ofService}})`, "{{state}}")],
    }),
    graph({
      title: "Time lost to findings",
      description:
        "Sum over all requests since a finding was first seen. The steepest line is the first thing to mend.",
      unit: "s",
      links: [toReport(), toFindings()],
      queries: [
        promql(
          `sum by (service_name, endpoint, detector) (kontor_findings_lost_time_seconds{${ofService}})`,
          "{{service_name}} {{endpoint}} {{detector}}",
        ),
      ],
    }),
    table({
      title: "Versions",
      description: "When each version was first heard of. Compare with the trends: what changed on that day?",
      columns: [{ name: "Heard of", unit: "time" }],
      queries: [
        promqlColumn(
          `max by (service_name, service_version) (kontor_deployment_time_seconds{${inEnvironment},${ofService}}) * 1000`,
        ),
      ],
      labels: { service_name: "Service", service_version: "Version" },
      sortBy: "Heard of",
    }),
  ];
}

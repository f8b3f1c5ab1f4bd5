import type { Configuration } from "../../../config/configuration.ts";
import { counterLimitKeyNames, type LimitName } from "../../../config/limit-keys.ts";
import { toCounterSignalName } from "../../../signals/counter-signal.ts";
import { type NamedDashboard, type SizedPanel, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toEndpoints, toJaeger, toObservedRoute, toObservedService } from "../links.ts";
import type { Panel } from "../model.ts";
import { toPanelLimit } from "../panel-limits.ts";
import { graph, logs, type StaticLimit } from "../panels.ts";
import {
  limitGraph,
  perRoute,
  perService,
  perSubject,
  signalExpression,
  signalGraph,
  signalQuery,
  toStaticLimit,
} from "../signal-panels.ts";
import { logql, promql } from "../targets.ts";
import {
  environmentVariable,
  observerVariable,
  ofService,
  routeVariable,
  serviceVariable,
} from "../variables.ts";
import { otherLimits } from "./other-limits.ts";

const width = 8;
const height = 8;

/** One service: rate, errors and duration of what it answers, then how much it uses of what it has. */
export function service(configuration: Configuration): NamedDashboard {
  return toDashboard({
    name: "service",
    title: "Service",
    description:
      "One service: what callers feel (RED), what it calls, and what it uses (USE). Limits are drawn as dashed lines.",
    audience: "sre",
    variables: [
      datasourceVariable("prometheus"),
      datasourceVariable("loki"),
      datasourceVariable("jaeger"),
      environmentVariable(),
      serviceVariable(),
      routeVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Rate, errors, duration", panels: sized(redPanels(configuration)) },
      { title: "Utilisation, saturation", panels: sized(usePanels(configuration)) },
      { title: "What it calls and consumes", panels: sized(callPanels(configuration)) },
      ...section("Other limits", otherLimits(configuration, serviceLinks)),
      ...counterSection(configuration),
      { title: "Logs", panels: [{ panel: logPanel(), width: 24, height: 9 }] },
    ],
  });
}

function sized(panels: readonly Panel[]): SizedPanel[] {
  return panels.map((panel) => ({ panel, width, height }));
}

function section(title: string, panels: readonly Panel[]) {
  return panels.length === 0 ? [] : [{ title, panels: sized(panels) }];
}

const routeLinks = [toObservedRoute("series"), toJaeger("series"), toEndpoints("series")];
const serviceLinks = [toObservedService("series"), toJaeger("series")];

function redPanels(configuration: Configuration): Panel[] {
  return [
    signalGraph("serverRequestRate", {
      title: "Requests by endpoint",
      description:
        "Requests answered a second. A fall on all endpoints points to a caller or the gateway, on one to a change of it.",
      view: perRoute,
      links: routeLinks,
    }),
    limitGraph(configuration, "errorRatioMax", {
      title: "Errors by endpoint",
      description:
        "Requests answered with 5xx or not at all, of all. Read the logs below at that time, or a failed trace in Jaeger.",
      view: perRoute,
      links: routeLinks,
    }),
    limitGraph(configuration, "latencyP95MsMax", {
      title: "p95 by endpoint",
      description:
        "95 of 100 requests are faster. Above the limit, open the endpoint in the observer: a finding names the statement or the call.",
      view: perRoute,
      links: routeLinks,
      exemplars: true,
    }),
    graph({
      title: "Duration of all endpoints",
      description:
        "Median, p95 and p99 together. When only p99 grows, few requests wait: look at locks, the pool and garbage collection.",
      unit: "ms",
      links: serviceLinks,
      queries: [
        signalQuery("serviceLatencyP50", perService, { legend: `p50 ${perService.legend}` }),
        signalQuery("serviceLatencyP95", perService, { legend: `p95 ${perService.legend}`, exemplars: true }),
        signalQuery("serviceLatencyP99", perService, { legend: `p99 ${perService.legend}` }),
      ],
    }),
    limitGraph(configuration, "availabilityRatioMin", {
      title: "Health polls passed",
      description:
        "Polls of /health by the observer. Below the limit the service or something it depends on is away: read the page itself.",
      view: perSubject,
      links: serviceLinks,
    }),
    graph({
      title: "Alerts firing",
      description:
        "Alerts of the observer over time, so that a change in the other panels can be told from its cause.",
      unit: "count",
      links: serviceLinks,
      stacked: true,
      queries: [
        promql(
          `sum by (service_name, alertname) (kontor_alerts{${perService.matchers.join(",")},state="firing"}) or vector(0)`,
          "{{service_name}} {{alertname}}",
        ),
      ],
    }),
  ];
}

const uses: readonly (readonly [LimitName, string, string])[] = [
  [
    "cpuRatioMax",
    "CPU of allowed cores",
    "Busiest instance. Near the limit, look at the event loop: a blocked loop needs other code, a busy one more instances.",
  ],
  [
    "memoryMbMax",
    "Memory",
    "Largest instance. A slope that never falls is a leak: compare with the heap on the Node.js dashboard.",
  ],
  [
    "eventLoopDelayP99MsMax",
    "Event-loop delay p99",
    "How long other work waits for a long computation. Look for the endpoint whose p95 rises together with it.",
  ],
  [
    "gcTimeRatioMax",
    "Time in garbage collection",
    "A large share means a heap too small or too many short-lived objects: see the Node.js dashboard.",
  ],
  [
    "databasePoolRatioMax",
    "Connections in use of the pool",
    "At 100 % requests wait for a connection: look for slow statements before making the pool larger.",
  ],
  [
    "databasePoolPendingMax",
    "Requests waiting for a connection",
    "Anything above zero is time that callers wait. See the database dashboard for what holds the connections.",
  ],
];

function usePanels(configuration: Configuration): Panel[] {
  return uses.map(([key, title, description]) =>
    limitGraph(configuration, key, { title, description, view: perSubject, links: serviceLinks }),
  );
}

function callPanels(configuration: Configuration): Panel[] {
  return [
    limitGraph(configuration, "databaseLatencyP95MsMax", {
      title: "Database p95",
      description:
        "Time of statements. Above the limit, the database dashboard tells which operation, the observer which statement.",
      view: perSubject,
      links: serviceLinks,
    }),
    limitGraph(configuration, "httpClientErrorRatioMax", {
      title: "Outgoing calls that fail",
      description:
        "Calls to other services. When these fail, mend the service that is called: its own dashboard shows why.",
      view: perSubject,
      links: serviceLinks,
    }),
    limitGraph(configuration, "messagingDeliveryP95MsMax", {
      title: "Lag of consumed messages",
      description:
        "From what happened to the consumer that begins with it. When it grows, consumers are too few or too slow: see the broker.",
      view: perSubject,
      links: serviceLinks,
    }),
  ];
}

/** Counters that the file names: those without a limit together, the others with those of the same limit. */
function counterSection(configuration: Configuration) {
  const { services } = configuration;
  const counters = new Set([...services.values()].flatMap((one) => [...one.counters.keys()]));
  const limits = [...counters].flatMap((metric) =>
    counterLimitKeyNames.flatMap((key) => {
      const limit = toStaticLimit(toPanelLimit(configuration, `${metric}.${key}`));
      return limit === undefined ? [] : [{ metric, ...limit }];
    }),
  );
  const free = [...counters].filter((metric) => limits.every((one) => one.metric !== metric));
  const groups = Map.groupBy(
    limits,
    ({ bound, limit }) => `${bound === "max" ? "at most" : "at least"} ${limit}`,
  );
  const panels = [
    ...(free.length === 0 ? [] : [counterGraph("What it counts", free)]),
    ...[...groups].map(([words, group]) =>
      counterGraph(
        `What it counts, ${words} a minute`,
        group.map(({ metric }) => metric),
        group[0],
      ),
    ),
  ];
  if (panels.length === 0) return [];
  return [{ title: "Its own counters", panels: panels.map((panel) => ({ panel, width: 12, height })) }];
}

function counterGraph(title: string, metrics: readonly string[], limit?: StaticLimit): Panel {
  // What was never counted has no series until it is, and an upper limit is kept then.
  const never = limit?.bound === "max" ? " or vector(0)" : "";
  return graph({
    title,
    description:
      "The service's own counters that observer_config.json names, per minute. A fall to zero at usual load is a fault that no error shows; beyond the limit, read the service's log.",
    unit: "1/min",
    limit,
    queries: metrics.map((metric) =>
      promql(
        `${signalExpression(toCounterSignalName(metric), perService)}${never}`,
        `${metric} ${perService.legend}`,
      ),
    ),
  });
}

function logPanel(): Panel {
  return logs({
    title: "Logs",
    description:
      "Log lines of the service. Each carries its trace id: open one to follow the trace in Jaeger.",
    queries: [logql(`{${ofService}}`)],
  });
}

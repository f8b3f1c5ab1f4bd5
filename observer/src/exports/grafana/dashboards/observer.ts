import { type NamedDashboard, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toEndpoints, toObservedService, toService } from "../links.ts";
import type { Panel } from "../model.ts";
import { graph, stat, table } from "../panels.ts";
import { perPoint } from "../signal-panels.ts";
import { promql, promqlColumn, promqlNow } from "../targets.ts";
import {
  environmentVariable,
  inEnvironment,
  observerVariable,
  ofService,
  serviceVariable,
} from "../variables.ts";

const ofAlerts = `${inEnvironment},${ofService}`;
const rate = (name: string, by: string) =>
  `sum by (${by}) (rate(kontor_observer_${name}_total[${perPoint}]))`;

/** Alerts and findings of the observer, and whether it is well itself. */
export function observer(): NamedDashboard {
  return toDashboard({
    name: "observer",
    title: "Alerts and findings",
    description: "What the observer has raised and found, and whether it is well itself.",
    audience: "sre",
    variables: [
      datasourceVariable("prometheus"),
      environmentVariable(),
      serviceVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Alerts", panels: [...sized([alertTable()], 16), ...sized([alertCourse()], 8)] },
      { title: "Findings", panels: [...sized([findingTable()], 16), ...sized([lostTime()], 8)] },
      { title: "The observer itself", panels: [...sized(numbers(), 6, 4), ...sized(courses(), 8)] },
    ],
  });
}

function sized(panels: readonly Panel[], width: number, height = 8) {
  return panels.map((panel) => ({ panel, width, height }));
}

function alertTable(): Panel {
  return table({
    title: "Alerts by rule",
    description:
      "Rules that are not quiet, by state. Open the service in the observer for value, limit, traces and the finding that explains it.",
    columns: [{ name: "Alerts", unit: "count" }],
    queries: [
      promqlColumn(
        `sum by (alertname, service_name, endpoint, severity, state) (kontor_alerts{${ofAlerts}}) or sum by (state) (kontor_rules{state="ok"}) * 0`,
      ),
    ],
    labels: {
      alertname: "Rule",
      service_name: "Service",
      endpoint: "Endpoint",
      severity: "Severity",
      state: "State",
    },
    sortBy: "Alerts",
    links: [toObservedService("row"), toService("row"), toEndpoints("row")],
  });
}

function alertCourse(): Panel {
  return graph({
    title: "Rules by verdict",
    description:
      "Verdicts of all rules at the last tick. Many noData rules at once point to a sender that has gone silent.",
    unit: "count",
    stacked: true,
    queries: [promql("sum by (state) (kontor_rules)", "{{state}}")],
  });
}

function findingTable(): Panel {
  return table({
    title: "Findings by endpoint",
    description:
      "What the observer found in traces, by state. Open the service in the observer for statement, place, advice and traces.",
    columns: [
      { name: "Findings", unit: "count" },
      { name: "Time lost", unit: "s" },
    ],
    queries: ["kontor_findings", "kontor_findings_lost_time_seconds"].map((name) =>
      promqlColumn(`sum by (service_name, endpoint, detector, state) (${name}{${ofService}})`),
    ),
    labels: { service_name: "Service", endpoint: "Endpoint", detector: "Finding", state: "State" },
    sortBy: "Time lost",
    links: [toObservedService("row"), toEndpoints("row")],
  });
}

function lostTime(): Panel {
  return graph({
    title: "Time lost by kind",
    description:
      "Sum over all requests since the findings were first seen. The steepest line is the first thing to mend.",
    unit: "s",
    queries: [promql(`sum by (detector) (kontor_findings_lost_time_seconds{${ofService}})`, "{{detector}}")],
  });
}

function numbers(): Panel[] {
  return [
    stat({
      title: "Age of the last tick",
      description:
        "The observer judges once a second. Above a few seconds it does not keep up: its own page says what takes the time.",
      unit: "s",
      queries: [promqlNow("max(kontor_observer_tick_age_seconds)")],
    }),
    stat({
      title: "Messages waiting",
      description:
        "Alerts that a receiver has not taken yet. When it grows, bus and mail server are both away.",
      unit: "count",
      queries: [promqlNow("sum(kontor_observer_deliveries_pending)")],
    }),
    stat({
      title: "Traces waiting",
      description:
        "Traces that are not yet complete enough to be diagnosed. It follows the load, a few seconds late.",
      unit: "count",
      queries: [promqlNow("sum(kontor_observer_traces_held)")],
    }),
    stat({
      title: "Not stored yet",
      description: "Accepted and in the journal, not yet in a segment. When it grows, the disk is too slow.",
      unit: "bytes",
      queries: [promqlNow("sum(kontor_observer_journal_lag_bytes)")],
    }),
  ];
}

function courses(): Panel[] {
  return [
    graph({
      title: "Accepted",
      description:
        "Items of OTLP that reached the observer, unsampled. None at usual load means that services or the collector cannot reach it.",
      unit: "ops",
      queries: [promql(rate("items_accepted", "kind"), "{{kind}}")],
    }),
    graph({
      title: "Refused and turned away",
      description:
        "With the reason. Guards stand in the section ingest of observer_config.json; raise one only when its sender is right.",
      unit: "ops",
      queries: [
        promql(`${rate("items_refused", "kind, reason")} or vector(0)`, "{{kind}} {{reason}}"),
        promql(`${rate("requests_rejected", "reason")} or vector(0)`, "requests {{reason}}"),
      ],
    }),
    graph({
      title: "Diagnosed",
      description:
        "Traces that the detectors looked at, a second, and ticks that were left out because the one before took too long.",
      unit: "ops",
      queries: [
        promql(rate("traces_diagnosed", "service_name"), "traces"),
        promql(rate("ticks_missed", "service_name"), "ticks missed"),
      ],
    }),
  ];
}

import { createAlertMachine } from "../../src/alerts/alert-machine.ts";
import { toDeliverySettings } from "../../src/alerts/delivery/stage.ts";
import { type Configuration, counterSignals, latencyLimitMs } from "../../src/config/configuration.ts";
import { toIngestLimits } from "../../src/engine/to-ingest-limits.ts";
import { alertRuleProvisioning } from "../../src/exports/grafana/alert-rules.ts";
import { listDashboards } from "../../src/exports/grafana/to-grafana-files.ts";
import { defaultRuleOptions, toRuleFile } from "../../src/exports/prometheus/to-rule-file.ts";
import { buildOptimisationReport } from "../../src/reports/build-optimisation-report.ts";
import { renderMarkdown } from "../../src/reports/render/render-markdown.ts";
import { endpointKey } from "../../src/reports/report-input.ts";
import { compileRules } from "../../src/rules/compile-rules.ts";
import { ruleKinds } from "../../src/rules/rule-kinds.ts";
import type { CompiledRule } from "../../src/rules/rule-set.ts";
import { endpointOf, fromMs, inputOf, times } from "../reports/report-fixture.ts";
import { about, sample } from "../rules/subjects.ts";
import { baseRoute, baseService } from "./base-configuration.ts";

const other = { service: "other", route: "GET /other" };

function rulesOf(configuration: Configuration): readonly CompiledRule[] {
  return compileRules(configuration, [about(other.service, other.route)]).rules;
}

/** What the observer itself decides by: its rules, and the settings of the alert machine. Where a number stands is no decision. */
function runtimeRules(configuration: Configuration): unknown {
  const { noDataAfterSeconds, errorAfterSeconds } = configuration.alerts;
  return [
    rulesOf(configuration).map(({ path: _, ...rule }) => rule),
    { noDataAfterSeconds, errorAfterSeconds },
  ];
}

// Of exported rules what decides alone: the same numbers stand in titles, labels and texts too, and would hide one that is missing there.

function prometheusRules(configuration: Configuration): unknown {
  return toRuleFile(configuration).groups.flatMap(({ name, rules }) =>
    rules.map((rule) => {
      if ("record" in rule) return { name, rule };
      const { alert, labels, for: lasts, keep_firing_for: keeps } = rule;
      // Its own alerts are found by labels, the limit among them.
      const expression = rule.expr.replaceAll(/ALERTS\{[^}]*\}/g, "ALERTS");
      return { name, alert, expression, severity: labels.severity, lasts, keeps };
    }),
  );
}

function grafanaRules(configuration: Configuration): unknown {
  const { groups } = alertRuleProvisioning(configuration, defaultRuleOptions) as unknown as GrafanaAlerting;
  return groups.flatMap(({ rules }) =>
    rules.map(({ data, labels, for: lasts, keepFiringFor: keeps }) => {
      return { rule: labels.rule, data, severity: labels.severity, lasts, keeps };
    }),
  );
}

interface GrafanaAlerting {
  readonly groups: readonly {
    readonly rules: readonly (Record<"for" | "keepFiringFor", string> & {
      readonly data: unknown;
      readonly labels: Readonly<Record<string, string>>;
    })[];
  }[];
}

const breachSeconds = 10;
const reportSeconds = 30;

/** The report of a period in which every limit was broken by far for ten seconds, as Markdown. */
function report(configuration: Configuration): unknown {
  const machine = createAlertMachine();
  const rules = rulesOf(configuration);
  const transitions = Array.from({ length: reportSeconds }, (_, second) => {
    const verdicts = rules.map((rule) => {
      const isBad = second < breachSeconds;
      const value = isBad === (rule.bound === "max") ? Number.MAX_SAFE_INTEGER : 0;
      const verdict = ruleKinds[rule.kind].evaluate(rule, sample(rule.subject, value, 1e9));
      return { rule, verdict, source: "stream" as const };
    });
    const tick = { atMs: fromMs + second * 1000, verdicts, configurationHash: "", source: "stream" };
    return machine.apply(tick);
  }).flat();
  const endpoints = [endpointOf(baseService, baseRoute), endpointOf(other.service, other.route)];
  const latencyLimits = new Map(
    endpoints.flatMap((one) => {
      const limitMs = latencyLimitMs(configuration, one.service, one.route);
      return limitMs === undefined ? [] : [[endpointKey(one), limitMs] as const];
    }),
  );
  const input = inputOf({ transitions: transitions.toReversed(), endpoints, latencyLimits });
  return renderMarkdown(buildOptimisationReport(input, times));
}

/** What the rooms of the running observer are given besides rules. */
function settings(configuration: Configuration): unknown {
  const { dependsOn, ...delivery } = toDeliverySettings(configuration);
  const polled = [...configuration.services.values()].map(({ name, healthUrl }) => [name, healthUrl]);
  const { receivers, reports, healthPolls, retention, traceBuffer, diagnosis, findings } = configuration;
  return {
    ...{ delivery, dependsOn: [...dependsOn], polled, counters: counterSignals(configuration) },
    ...{ receivers, reports, healthPolls, retention, traceBuffer, diagnosis, findings },
    ingest: toIngestLimits(configuration.ingest),
    scalingHeadroomRatio: configuration.scalingHeadroomRatio,
  };
}

/** Everything that is made of a configuration, each by the code that ships. */
export const surfaces = {
  runtimeRules,
  prometheusRules,
  grafanaRules,
  dashboards: (configuration: Configuration) => listDashboards(configuration),
  report,
  settings,
} as const satisfies Record<string, (configuration: Configuration) => unknown>;

export type SurfaceName = keyof typeof surfaces;

const names = Object.keys(surfaces) as SurfaceName[];

/** A configuration on all its surfaces, each as text. */
export function toSurfaces(configuration: Configuration): Record<SurfaceName, string> {
  const texts = names.map((name) => [name, JSON.stringify(surfaces[name](configuration))]);
  return Object.fromEntries(texts) as Record<SurfaceName, string>;
}

export function listChanged(
  before: Record<SurfaceName, string>,
  after: Record<SurfaceName, string>,
): SurfaceName[] {
  return names.filter((name) => before[name] !== after[name]);
}

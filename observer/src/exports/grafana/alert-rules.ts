import { createHash } from "node:crypto";
import type { Configuration } from "../../config/configuration.ts";
import { getSignal } from "../../signals/catalogue.ts";
import { compilePromql } from "../../store/sources/prometheus/compile-promql.ts";
import { groupLimits, type LimitGroup } from "../limit-groups.ts";
import { subjectTemplates, toAnnotations } from "../prometheus/alert-texts.ts";
import { toRecordedSignal, withEndpoint } from "../prometheus/recorded-signal.ts";
import type { RuleOptions } from "../prometheus/to-rule-file.ts";
import { type RawSelection, toRawSelections } from "../route-matchers.ts";
import type { YamlValue } from "../to-yaml.ts";
import { datasources } from "./datasources.ts";

/**
 * Every limit as a rule of Grafana, evaluated by Grafana on Prometheus. It fires over the limit, ends at `clear`, and keeps its state
 * without data or with too few requests. No contact point, no policy: only the observer notifies.
 */
export function alertRuleProvisioning(configuration: Configuration, options: RuleOptions): YamlValue {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: "observer_config.json",
        folder: "Kontor: limits",
        // Grafana evaluates at most every 10 s, in whole multiples of that.
        interval: `${Math.ceil(Math.max(10, options.evaluationSeconds) / 10) * 10}s`,
        rules: groupLimits(configuration).map((group) => toRule(group, options)),
      },
    ],
  };
}

function toRule(group: LimitGroup, options: RuleOptions): YamlValue {
  const { limit } = group;
  const { description, summary = "", ...annotations } = toAnnotations(group);
  return {
    uid: toUid(group),
    title: `${limit.key} ${limit.limit}${limit.definition.unit === "ratio" ? "" : ` ${limit.definition.unit}`}, ${limit.severity} ${toUid(group).slice(-4)}`,
    condition: "limit",
    data: [toQuery(group, options), toThreshold(group)],
    for: `${limit.forSeconds}s`,
    // Not as the API and Prometheus name it: Grafana's files are read by this name, and others are passed over in silence.
    keepFiringFor: `${limit.keepFiringSeconds}s`,
    noDataState: "KeepLast",
    execErrState: "Error",
    labels: {
      ...keepDollars(subjectTemplates),
      severity: limit.severity,
      limit: String(limit.limit),
      rule: limit.key,
    },
    annotations: {
      ...annotations,
      description,
      summary: summary.replaceAll("$value", "$values.value.Value"),
    },
    isPaused: false,
  };
}

/** Grafana puts variables of its environment into labels of a file, so that `$labels` would be nothing; annotations it leaves. */
function keepDollars(templates: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(templates).map(([name, text]) => [name, text.replaceAll("$", "$$$$")]),
  );
}

/** Stable while the numbers and subjects of the group are; at most 40 characters. */
function toUid({ limit, selectors }: LimitGroup): string {
  const { definition: _, path: __, ...settings } = limit;
  const hash = createHash("sha256")
    .update(JSON.stringify([settings, selectors]))
    .digest("hex");
  return `kontor-${hash.slice(0, 16)}`;
}

function toQuery({ limit, selectors }: LimitGroup, options: RuleOptions): YamlValue {
  const signal = getSignal(limit.definition.signal);
  const { windowSeconds } = toRecordedSignal(limit, options.exportIntervalSeconds);
  const compile = (matchers: readonly string[]) =>
    compilePromql(signal, { window: `${windowSeconds}s`, matchers, names: options.names });
  const toTerm = ({ matchers, without }: RawSelection): string => {
    const { value, count } = compile(matchers);
    const enough = limit.definition.restsOnRequests ? ` and (${count}) >= ${limit.minRequests}` : "";
    return [`(${value})${enough}`, ...without.map((others) => `(${compile(others).count})`)].join(" unless ");
  };
  const terms = selectors.flatMap(toRawSelections).map((selection) => `(${toTerm(selection)})`);
  return {
    refId: "value",
    datasourceUid: datasources.prometheus.uid,
    relativeTimeRange: { from: 600, to: 0 },
    model: {
      refId: "value",
      expr: withEndpoint(signal, terms.join(" or "), options.names),
      instant: true,
      range: false,
      intervalMs: 1000,
      maxDataPoints: 43200,
    },
  };
}

function toThreshold({ limit }: LimitGroup): YamlValue {
  const [beyond, within] = limit.definition.bound === "max" ? ["gt", "lte"] : ["lt", "gte"];
  return {
    refId: "limit",
    datasourceUid: "__expr__",
    model: {
      refId: "limit",
      type: "threshold",
      expression: "value",
      conditions: [
        {
          evaluator: { type: beyond, params: [limit.limit] },
          unloadEvaluator: { type: within, params: [limit.clear] },
        },
      ],
    },
  };
}

import type { Configuration } from "../../config/configuration.ts";
import { groupLimits, type LimitGroup } from "../limit-groups.ts";
import { toAlertExpression, toSilenceExpression } from "./alert-expression.ts";
import { subjectTemplates, toAnnotations } from "./alert-texts.ts";
import { type RecordedSignal, toRecordedSignal, toRecordingRules } from "./recorded-signal.ts";
import type { AlertingRule, RuleFile, RuleGroup } from "./rule-file.ts";

export interface RuleOptions {
  /** How often rules are evaluated. */
  readonly evaluationSeconds: number;
  /** How often services send their metrics; windows are at least 2.5 times as long. */
  readonly exportIntervalSeconds: number;
  /** `all` reads whatever the catalogue knows of, `first` the current names alone. */
  readonly names: "all" | "first";
}

export const defaultRuleOptions: RuleOptions = {
  evaluationSeconds: 5,
  exportIntervalSeconds: 1,
  names: "all",
};

/**
 * A configuration as rules of Prometheus: each signal and window is recorded once for all subjects, and every limit is a comparison on
 * what was recorded. No rule names a receiver: only the observer notifies.
 */
export function toRuleFile(
  configuration: Configuration,
  options: RuleOptions = defaultRuleOptions,
): RuleFile {
  const groups = new Map<string, { recorded: RecordedSignal; limits: LimitGroup[] }>();
  for (const group of groupLimits(configuration)) {
    const recorded = toRecordedSignal(group.limit, options.exportIntervalSeconds);
    const known = groups.get(recorded.value);
    if (known === undefined) groups.set(recorded.value, { recorded, limits: [group] });
    else known.limits.push(group);
  }
  const { noDataAfterSeconds } = configuration.alerts;
  return {
    groups: [...groups.values()].map(
      ({ recorded, limits }): RuleGroup => ({
        name: recorded.value,
        interval: seconds(options.evaluationSeconds),
        rules: [
          ...toRecordingRules(recorded, options.names),
          ...toAlerts(recorded, limits),
          ...toSilences(recorded, limits, noDataAfterSeconds),
        ],
      }),
    ),
  };
}

function toAlerts(recorded: RecordedSignal, groups: readonly LimitGroup[]): AlertingRule[] {
  return groups.map((group) => {
    const { limit } = group;
    const labels = toLabels(group, groups);
    return {
      alert: limit.key,
      expr: toAlertExpression(recorded, limit, group.selectors, { alertname: limit.key, ...labels }),
      for: seconds(limit.forSeconds),
      keep_firing_for: limit.keepFiringSeconds === 0 ? undefined : seconds(limit.keepFiringSeconds),
      labels: { ...subjectTemplates, ...labels },
      annotations: toAnnotations(group),
    };
  });
}

/** By these and its name a rule finds its own alerts. */
function toLabels(group: LimitGroup, groups: readonly LimitGroup[]): Record<string, string> {
  return { severity: group.limit.severity, ...toDistinction(group, groups) };
}

/** Rules of one name must differ in a label: `limit` does, and where it does not, what else is different is said. */
function toDistinction({ limit }: LimitGroup, groups: readonly LimitGroup[]): Record<string, string> {
  const others = groups.filter(({ limit: other }) => other !== limit && other.key === limit.key);
  const label = { limit: String(limit.limit) };
  const isDistinct = others.every(
    (other) => other.limit.severity !== limit.severity || other.limit.limit !== limit.limit,
  );
  if (isDistinct) return label;
  const { clear, forSeconds, keepFiringSeconds, minRequests } = limit;
  const settings = { clear, for: forSeconds, keep: keepFiringSeconds, min: minRequests };
  const text = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return { ...label, settings: text.join(" ") };
}

/** Silence of requests is no news; of everything else it is, and it is told once for a signal and severity. */
function toSilences(
  recorded: RecordedSignal,
  groups: readonly LimitGroup[],
  noDataAfterSeconds: number,
): AlertingRule[] {
  return groups
    .filter(({ limit }) => !limit.definition.restsOnRequests)
    .map((group) => {
      const { key } = group.limit;
      const labels = toLabels(group, groups);
      return {
        alert: "noData",
        expr: toSilenceExpression(recorded, group.selectors, { alertname: key, ...labels }),
        for: seconds(noDataAfterSeconds),
        labels: { ...subjectTemplates, rule: key, ...labels },
        annotations: { summary: `${key} of {{ $labels.service_name }} has no data any more` },
      };
    });
}

function seconds(count: number): string {
  return `${count}s`;
}

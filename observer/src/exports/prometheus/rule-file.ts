/** One rule of Prometheus that stores what an expression gives. */
export type RecordingRule = {
  readonly record: string;
  readonly expr: string;
};

/** One rule of Prometheus that alerts for every element of an expression. Durations as Prometheus writes them. */
export type AlertingRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** Rules that are evaluated one after the other, so that alerts see what was recorded at the same moment. */
export type RuleGroup = {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
};

/** A rule file, as `rule_files` of Prometheus names it. */
export type RuleFile = { readonly groups: readonly RuleGroup[] };

import type { RuleSet } from "./rule-set.ts";
import type { Verdict } from "./verdict.ts";

/** Which limits of the file ever had data, so that the others can be told to be dead. */
export interface DataLedger {
  /** Paths of limits, as in `CompiledRule.path`, on which some rule had a value since the start. */
  readonly pathsWithData: ReadonlySet<string>;
  /** Takes note of a tick. `verdicts` are in the order of `ruleSet.rules`. */
  note(ruleSet: RuleSet, verdicts: readonly Verdict[]): void;
}

export function createDataLedger(): DataLedger {
  const pathsWithData = new Set<string>();
  return {
    pathsWithData,
    note(ruleSet, verdicts) {
      for (const [index, rule] of ruleSet.rules.entries()) {
        const state = verdicts[index]?.state;
        if (state !== undefined && state !== "noData" && state !== "error") pathsWithData.add(rule.path);
      }
    },
  };
}

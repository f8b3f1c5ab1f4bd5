import type { Judgement } from "./evaluate-rules.ts";

/** Which limits of the file ever had data, so that the others can be told to be dead. */
export interface DataLedger {
  /** Paths of limits, as in `CompiledRule.path`, on which some rule had a value since the start. */
  readonly pathsWithData: ReadonlySet<string>;
  /** Takes note of a tick. */
  note(judgements: readonly Judgement[]): void;
}

export function createDataLedger(): DataLedger {
  const pathsWithData = new Set<string>();
  return {
    pathsWithData,
    note(judgements) {
      for (const { rule, verdict } of judgements) {
        if (verdict.state !== "noData" && verdict.state !== "error") pathsWithData.add(rule.path);
      }
    },
  };
}

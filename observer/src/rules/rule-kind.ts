import type { Sample } from "../signals/signal-source.ts";
import type { Rule, Verdict } from "./verdict.ts";

/**
 * A way to judge. Pure: what was read and the rule in, one verdict out; how long a breach must last is the alert machine's business.
 *
 * @param sample what the rule's signal is for the rule's subject over the rule's window; undefined where it has no data there
 */
export interface RuleKind {
  readonly kind: string;
  evaluate(rule: Rule, sample: Sample | undefined): Verdict;
}

import type { RuleKind } from "./rule-kind.ts";
import type { Rule, Verdict } from "./verdict.ts";

/** A value against a limit. Exactly at the limit is not a breach, exactly at `clear` is good again. */
export const threshold = {
  kind: "threshold",
  evaluate(rule, sample): Verdict {
    const { subject } = rule;
    if (sample === undefined) return { state: "noData", subject };
    const { value, count, effectiveWindowSeconds } = sample;
    if (!Number.isFinite(value))
      return { state: "error", subject, reason: `the source answered ${value} for ${rule.signal}` };
    if (count < rule.minRequests) return { state: "insufficient", subject, value, count };
    return { state: compare(value, rule), subject, value, count, effectiveWindowSeconds };
  },
} as const satisfies RuleKind;

function compare(value: number, { bound, limit, clear }: Rule): "breach" | "between" | "ok" {
  if (bound === "max") {
    if (value > limit) return "breach";
    return value > clear ? "between" : "ok";
  }
  if (value < limit) return "breach";
  return value < clear ? "between" : "ok";
}

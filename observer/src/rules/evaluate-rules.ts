import type { Samples, SignalSource } from "../signals/signal-source.ts";
import { ruleKinds } from "./rule-kinds.ts";
import type { ReadGroup, RuleSet } from "./rule-set.ts";
import type { Verdict } from "./verdict.ts";

/**
 * One verdict for every rule, at one time. Each signal and window is read once, whatever the number of rules on it.
 *
 * @param atMs ms since the epoch; windows are `(atMs - window, atMs]`
 * @returns in the order of `ruleSet.rules`. A read that fails gives `error` for exactly the rules that rest on it; nothing is thrown
 */
export async function evaluateRules(
  ruleSet: RuleSet,
  source: SignalSource,
  atMs: number,
): Promise<readonly Verdict[]> {
  const verdicts = new Array<Verdict>(ruleSet.rules.length);
  await Promise.all(
    ruleSet.groups.map(async (group) => {
      const samples = await readGroup(group, source, atMs);
      for (const index of group.rules) {
        const rule = ruleSet.rules[index];
        if (rule === undefined) continue;
        verdicts[index] =
          samples instanceof Error
            ? { state: "error", subject: rule.subject, reason: samples.message }
            : ruleKinds[rule.kind].evaluate(rule, samples.get(rule.subjectKey));
      }
    }),
  );
  return verdicts;
}

/** The failure is an answer here: it must reach the rules of this read and no others. */
async function readGroup(group: ReadGroup, source: SignalSource, atMs: number): Promise<Samples | Error> {
  try {
    return await source.read(group.signal, group.windowSeconds, atMs);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

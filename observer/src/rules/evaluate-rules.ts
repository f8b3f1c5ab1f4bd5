import type { Samples, SignalSource, SourceName } from "../signals/signal-source.ts";
import { ruleKinds } from "./rule-kinds.ts";
import type { CompiledRule, ReadGroup, RuleSet } from "./rule-set.ts";
import type { Verdict } from "./verdict.ts";

/** A rule with what it says now. */
export interface Judgement {
  readonly rule: CompiledRule;
  readonly verdict: Verdict;
  /** What was read for it. */
  readonly source: SourceName;
}

/**
 * One verdict for every rule, at one time. Each signal and window is read once, whatever the number of rules on it.
 *
 * @param atMs ms since the epoch; windows are `(atMs - window, atMs]`
 * @returns read by read. A read that fails gives `error` for exactly the rules that rest on it; nothing is thrown
 */
export async function evaluateRules(
  ruleSet: RuleSet,
  source: SignalSource,
  atMs: number,
): Promise<readonly Judgement[]> {
  const answers = await Promise.all(ruleSet.groups.map((group) => readGroup(group, source, atMs)));
  const judgements: Judgement[] = [];
  for (const [index, { rules }] of ruleSet.groups.entries()) {
    const samples = answers[index] ?? new Error("not read");
    for (const rule of rules) {
      const isRead = !(samples instanceof Error);
      const sample = isRead ? samples.get(rule.subjectKey) : undefined;
      const verdict = isRead ? ruleKinds[rule.kind].evaluate(rule, sample) : toError(rule, samples);
      judgements.push({ rule, verdict, source: sample?.source ?? source.name });
    }
  }
  return judgements;
}

function toError({ subject }: CompiledRule, { message }: Error): Verdict {
  return { state: "error", subject, reason: message };
}

/** The failure is an answer here: it must reach the rules of this read and no others. */
async function readGroup(group: ReadGroup, source: SignalSource, atMs: number): Promise<Samples | Error> {
  try {
    return await source.read(group.signal, group.windowSeconds, atMs);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

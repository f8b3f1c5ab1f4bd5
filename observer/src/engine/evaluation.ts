import type { Alerting } from "../alerts/alerting.ts";
import type { ConfigurationHolder } from "../config/configuration-holder.ts";
import { compileRules, type Home } from "../rules/compile-rules.ts";
import { createDataLedger, type DataLedger } from "../rules/data-ledger.ts";
import { evaluateRules, type Judgement } from "../rules/evaluate-rules.ts";
import type { RuleSet } from "../rules/rule-set.ts";
import type { SignalSource } from "../signals/signal-source.ts";
import type { Subject } from "../signals/subject.ts";

export interface Evaluation {
  /** Judges every rule at one time and hands the verdicts to alerting. */
  tick(atMs: number): Promise<void>;
  /** Of the last tick. */
  readonly judgements: readonly Judgement[];
  /** Ms since the epoch; undefined before the first tick. */
  readonly evaluatedAtMs: number | undefined;
  readonly ledger: DataLedger;
}

export interface EvaluationOptions {
  readonly holder: ConfigurationHolder;
  readonly source: SignalSource;
  readonly home: Home;
  readonly seenSubjects: () => readonly Subject[];
  readonly alerting: Pick<Alerting, "tick">;
}

/** One tick: rules for what is configured and seen, one verdict each, then the alert machine. */
export function createEvaluation(options: EvaluationOptions): Evaluation {
  const ledger = createDataLedger();
  let ruleSet: RuleSet | undefined;
  let judgements: readonly Judgement[] = [];
  let evaluatedAtMs: number | undefined;
  return {
    ledger,
    get judgements() {
      return judgements;
    },
    get evaluatedAtMs() {
      return evaluatedAtMs;
    },
    async tick(atMs) {
      const configuration = options.holder.current;
      ruleSet = compileRules(configuration, options.seenSubjects(), ruleSet, options.home);
      judgements = await evaluateRules(ruleSet, options.source, atMs);
      evaluatedAtMs = atMs;
      ledger.note(judgements);
      await options.alerting.tick({
        atMs,
        verdicts: judgements,
        configurationHash: configuration.hash,
        source: options.source.name,
      });
    },
  };
}

import type { Configuration } from "../config/configuration.ts";
import type { LimitName } from "../config/limit-keys.ts";
import type { SignalName } from "../signals/catalogue.ts";
import type { Subject } from "../signals/subject.ts";
import type { RuleKindName } from "./rule-kinds.ts";
import type { Rule } from "./verdict.ts";

/** A rule with what evaluation needs at hand. */
export interface CompiledRule extends Rule {
  readonly kind: RuleKindName;
  readonly key: LimitName;
  readonly signal: SignalName;
  /** `subjectKey(subject)`, made once. */
  readonly subjectKey: string;
  /** Where its limit was written: `defaults.latencyP95MsMax`. */
  readonly path: string;
}

/** All rules that one read of the source answers. */
export interface ReadGroup {
  readonly signal: SignalName;
  readonly windowSeconds: number;
  readonly rules: readonly CompiledRule[];
}

/** Everything that is judged at a tick. Never changed; new subjects or another configuration make another one. */
export interface RuleSet {
  readonly configuration: Configuration;
  readonly rules: readonly CompiledRule[];
  /** The same rules by read; each stands in one group. */
  readonly groups: readonly ReadGroup[];
  /** Keys of the services and routes that rules were made for because they were seen. */
  readonly seen: ReadonlySet<string>;
  /** The very objects they were seen as, for the look-up of a tick in which nothing is new. */
  readonly seenAs: ReadonlySet<Subject>;
  /** Every rule by limit key and subject key, so that the next set takes over what did not change. */
  readonly byIdentity: ReadonlyMap<string, CompiledRule>;
}

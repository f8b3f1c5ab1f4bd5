import type { RuleKind } from "./rule-kind.ts";
import { threshold } from "./threshold.ts";

/** Every way to judge there is, by name. */
export const ruleKinds = { [threshold.kind]: threshold } as const satisfies Record<string, RuleKind>;

export type RuleKindName = keyof typeof ruleKinds;

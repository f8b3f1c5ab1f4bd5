import type { Configuration } from "../src/config/configuration.ts";
import { readConfiguration } from "../src/config/read-configuration.ts";
import { compileRules, toGroups } from "../src/rules/compile-rules.ts";
import type { CompiledRule, RuleSet } from "../src/rules/rule-set.ts";
import type { Subject } from "../src/signals/subject.ts";
import { routeNames, serviceNames, windowSeconds } from "./rule-load.ts";

/** Limits of a configuration's `defaults`, by key. */
export type Limits = Readonly<Record<string, number>>;

/** A configuration in which these limits hold for everybody, over the window of the load. */
export function toConfiguration(limits: Limits): Configuration {
  const defaults = { ...limits, windowSeconds };
  const reading = readConfiguration(JSON.stringify({ defaults }), { environment: {} });
  if (!reading.ok) throw new Error("the limits of the load are not a configuration");
  return reading.configuration;
}

/** The rules of every set of limits together, the sets again and again until there are enough. Each set gets a namespace of its own, for one subject has one limit of a kind. */
export function createRuleSet(ruleCount: number, limitSets: readonly Limits[]): RuleSet {
  const seen = serviceNames.flatMap((service): Subject[] =>
    routeNames.map((route) => ({ environment: "default", namespace: "", service, route: `GET ${route}` })),
  );
  const sets: RuleSet[] = [];
  for (let total = 0; total < ruleCount; total += sets.at(-1)?.rules.length ?? 0) {
    const limits = limitSets[sets.length % limitSets.length] ?? {};
    sets.push(compileRules(toConfiguration(limits), seen));
  }
  const rules = sets
    .flatMap((set, index) => set.rules.map((rule) => inNamespace(rule, `limits-${index}`)))
    .slice(0, ruleCount);
  const [first] = sets;
  if (first === undefined) throw new Error("no rules");
  return { ...first, rules, groups: toGroups(rules) };
}

function inNamespace(rule: CompiledRule, namespace: string): CompiledRule {
  return { ...rule, id: `${rule.id} ${namespace}`, subject: { ...rule.subject, namespace } };
}

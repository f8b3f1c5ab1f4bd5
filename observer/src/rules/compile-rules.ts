import { type Configuration, limitsFor, type ResolvedLimit } from "../config/configuration.ts";
import { type Subject, subjectKey } from "../signals/subject.ts";
import type { CompiledRule, ReadGroup, RuleSet } from "./rule-set.ts";

/** Where a service is expected that was never seen. */
export type Home = Pick<Subject, "environment" | "namespace">;

/** A service in one environment and namespace, with its routes that are known. */
interface Scope {
  readonly subject: Subject;
  readonly routes: Set<string>;
}

/**
 * One rule for every limit of every expected subject. Expected are
 *
 * - every service that the configuration names, where it was seen, else where the observer is at home: its silence is told, not passed over.
 *   One that is optional is expected only where it was seen;
 * - every endpoint that the configuration names, in each scope of its service: never called, it stays without data, which alarms nobody;
 * - every service and route that was seen, with the limits that hold for it.
 *
 * @param seen subjects that sent something; instance and version are passed over, an unknown service gets the limits of `defaults`
 * @param previous the set in force. It is returned as it is where nothing new was seen, and its rules are taken over where they
 *   did not change, so that a call each tick costs little
 */
export function compileRules(
  configuration: Configuration,
  seen: Iterable<Subject>,
  previous?: RuleSet,
  home: Home = { environment: "default", namespace: "" },
): RuleSet {
  const reusable = previous?.configuration === configuration ? previous : undefined;
  const seenAs = new Set(seen);
  if (reusable !== undefined && isSame(seenAs, reusable.seenAs)) return reusable;
  const scopes = new Map<string, Scope>();
  const seenKeys = new Set<string>();
  for (const subject of seenAs) addSeen(scopes, seenKeys, subject);
  if (reusable !== undefined && isSame(seenKeys, reusable.seen)) return reusable;

  addNamed(scopes, configuration, home);
  const byIdentity = new Map<string, CompiledRule>();
  for (const { subject, routes } of scopes.values()) {
    const add = (limits: readonly ResolvedLimit[], about: Subject) => {
      const key = subjectKey(about);
      for (const limit of limits) {
        const identity = `${limit.key}\u001e${key}`;
        byIdentity.set(identity, reusable?.byIdentity.get(identity) ?? toRule(limit, about, key));
      }
    };
    add(limitsFor(configuration, subject.service), subject);
    for (const route of routes) add(limitsFor(configuration, subject.service, route), { ...subject, route });
  }
  const rules = [...byIdentity.values()];
  return { configuration, rules, groups: toGroups(rules), seen: seenKeys, seenAs, byIdentity };
}

function addSeen(scopes: Map<string, Scope>, seenKeys: Set<string>, subject: Subject): void {
  const { environment, namespace, service, route } = subject;
  const scopeSubject = { environment, namespace, service };
  const scopeKey = subjectKey(scopeSubject);
  const scope = scopes.get(scopeKey) ?? { subject: scopeSubject, routes: new Set() };
  scopes.set(scopeKey, scope);
  seenKeys.add(scopeKey);
  if (route === undefined || scope.routes.has(route)) return;
  scope.routes.add(route);
  seenKeys.add(`${scopeKey}\u001e${route}`);
}

function addNamed(scopes: Map<string, Scope>, configuration: Configuration, home: Home): void {
  for (const { name, endpoints, optional } of configuration.services.values()) {
    let found = [...scopes.values()].filter(({ subject }) => subject.service === name);
    if (found.length === 0 && !optional) {
      const unseen = {
        subject: { ...home, service: name },
        routes: new Set<string>(),
      };
      scopes.set(subjectKey(unseen.subject), unseen);
      found = [unseen];
    }
    for (const { routes } of found) for (const route of endpoints.keys()) routes.add(route);
  }
}

function toRule(limit: ResolvedLimit, subject: Subject, key: string): CompiledRule {
  const { signal, unit, bound } = limit.definition;
  return {
    id: toRuleId(limit.key, subject),
    kind: "threshold",
    key: limit.key,
    path: limit.path,
    signal,
    unit,
    bound,
    subject,
    subjectKey: key,
    limit: limit.limit,
    clear: limit.clear,
    windowSeconds: limit.windowSeconds,
    forSeconds: limit.forSeconds,
    keepFiringSeconds: limit.keepFiringSeconds,
    minRequests: limit.minRequests,
    severity: limit.severity,
  };
}

/** `latencyP95MsMax{core-erp,GET /api/orders}`; environment and namespace stand before the service where they are not the default ones. */
function toRuleId(key: string, { environment, namespace, service, route }: Subject): string {
  const scope = [environment === "default" ? "" : environment, namespace].filter((part) => part !== "");
  return `${key}{${[[...scope, service].join("/"), ...(route === undefined ? [] : [route])].join(",")}}`;
}

/** Rules by what they read, so that a read is shared by all of them. */
export function toGroups(rules: readonly CompiledRule[]): ReadGroup[] {
  const groups = new Map<
    string,
    { signal: ReadGroup["signal"]; windowSeconds: number; rules: CompiledRule[] }
  >();
  for (const rule of rules) {
    const { signal, windowSeconds } = rule;
    const key = `${signal}/${windowSeconds}`;
    const group = groups.get(key) ?? { signal, windowSeconds, rules: [] };
    group.rules.push(rule);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function isSame<Item>(some: ReadonlySet<Item>, others: ReadonlySet<Item>): boolean {
  if (some.size !== others.size) return false;
  for (const item of some) if (!others.has(item)) return false;
  return true;
}

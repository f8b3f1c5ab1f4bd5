import type { ServiceConfiguration } from "../../config/configuration.ts";
import type { ConfigurationHolder } from "../../config/configuration-holder.ts";
import { limitKeys } from "../../config/limit-keys.ts";
import type { DeadThresholds } from "../../engine/dead-thresholds.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import type { ServiceRegister } from "../../engine/service-register.ts";
import type { Judgement } from "../../rules/evaluate-rules.ts";
import { signalCatalogue } from "../../signals/catalogue.ts";
import type { Subject } from "../../signals/subject.ts";
import { toTime } from "../api/schemas.ts";
import type { CatalogueQueries, RuleView, ServiceView } from "../api/services.routes.ts";

export interface CatalogueSources {
  readonly register: ServiceRegister;
  readonly holder: ConfigurationHolder;
  readonly evaluation: Evaluation;
  readonly sourceName: string;
  readonly seenSubjects: () => readonly Subject[];
  readonly deadThresholds: DeadThresholds;
}

/** All sources of the last tick, for one may stand in for another. */
function readFrom({ evaluation, sourceName }: CatalogueSources): string {
  const names = new Set(evaluation.judgements.map(({ source }) => source));
  return names.size === 0 ? sourceName : [...names].sort().join(" and ");
}

/** An instance that was silent for so long is gone. */
const instanceAliveMs = 60_000;

/** What is observed, from memory: as of the last tick. */
export function createCatalogueQueries(sources: CatalogueSources): CatalogueQueries {
  return {
    listServices: () => listServices(sources),
    listSignals: () => listSignals(),
    listRules: () => ({
      evaluatedAt: toTime(sources.evaluation.evaluatedAtMs),
      source: readFrom(sources),
      rules: sources.evaluation.judgements.map(toRuleView),
    }),
    listDeadThresholds: () => ({
      settled: sources.deadThresholds.isSettled,
      thresholds: sources.deadThresholds
        .list()
        .map(({ suggestion, ...threshold }) => ({ ...threshold, suggestion: suggestion ?? null })),
    }),
  };
}

function listServices({ register, holder, seenSubjects, deadThresholds }: CatalogueSources): ServiceView[] {
  const configured = holder.current.services;
  const routes = new Map<string, string[]>();
  for (const { environment, namespace, service, route } of seenSubjects()) {
    if (route === undefined) continue;
    const key = toKey(environment, namespace, service);
    const known = routes.get(key);
    if (known === undefined) routes.set(key, [route]);
    else known.push(route);
  }
  const seen = register
    .list()
    .map(({ environment, namespace, service, versions, instances, lastSeenMs }) => ({
      environment,
      namespace,
      service,
      versions: [...versions],
      instances: [...instances.values()].filter((atMs) => lastSeenMs - atMs <= instanceAliveMs).length,
      routes: (routes.get(toKey(environment, namespace, service)) ?? []).sort(),
      ...toCounters(configured.get(service), deadThresholds),
      configured: configured.has(service),
      lastSeen: toTime(lastSeenMs),
    }));
  const names = new Set(seen.map(({ service }) => service));
  const unseen = [...configured.values()]
    .filter(({ name }) => !names.has(name))
    .map(({ name: service, ...rest }) => ({
      environment: "default",
      namespace: "",
      service,
      versions: [],
      instances: 0,
      routes: [],
      ...toCounters({ name: service, ...rest }, deadThresholds),
      configured: true,
      lastSeen: null,
    }));
  return [...seen, ...unseen].sort((a, b) =>
    toKey(a.service, a.environment, a.namespace) < toKey(b.service, b.environment, b.namespace) ? -1 : 1,
  );
}

function toCounters(
  service: Pick<ServiceConfiguration, "name" | "counters"> | undefined,
  { hasSent }: DeadThresholds,
): Pick<ServiceView, "counters" | "silentCounters"> {
  if (service === undefined) return { counters: [], silentCounters: [] };
  const counters = [...service.counters.keys()];
  return { counters, silentCounters: counters.filter((metric) => !hasSent(service.name, metric)) };
}

function listSignals() {
  const readBy = Map.groupBy(Object.entries(limitKeys), ([, definition]) => definition.signal as string);
  return Object.values(signalCatalogue).map(({ name, description, unit, dimensions }) => ({
    name,
    description,
    unit,
    dimensions: [...dimensions],
    readBy: (readBy.get(name) ?? []).map(([key]) => key),
  }));
}

function toRuleView({ rule, verdict }: Judgement): RuleView {
  const { subject } = rule;
  return {
    id: rule.id,
    rule: rule.key,
    signal: rule.signal,
    environment: subject.environment,
    namespace: subject.namespace,
    service: subject.service,
    endpoint: subject.route ?? null,
    bound: rule.bound,
    limit: rule.limit,
    clear: rule.clear,
    unit: rule.unit,
    severity: rule.severity,
    windowSeconds: rule.windowSeconds,
    effectiveWindowSeconds: "effectiveWindowSeconds" in verdict ? verdict.effectiveWindowSeconds : null,
    forSeconds: rule.forSeconds,
    minRequests: rule.minRequests,
    state: verdict.state,
    observed: "value" in verdict ? (verdict.value ?? null) : null,
    count: "count" in verdict ? verdict.count : null,
  };
}

function toKey(first: string, second: string, third: string): string {
  return `${first}\u001f${second}\u001f${third}`;
}

import { z } from "zod";
import type { Configuration } from "../config/configuration.ts";
import { findLimitDefinition } from "../config/limit-keys.ts";
import { compileRules } from "../rules/compile-rules.ts";
import type { Observed } from "../rules/find-dead-thresholds.ts";
import type { Subject } from "../signals/subject.ts";
import { type ObserverAddress, readObserver } from "./observer-client.ts";

const servicesSchema = z.object({
  services: z.array(
    z.object({
      environment: z.string(),
      namespace: z.string(),
      service: z.string(),
      routes: z.array(z.string()),
      silentCounters: z.array(z.string()).default([]),
      lastSeen: z.string().nullable(),
    }),
  ),
});
const rulesSchema = z.object({ rules: z.array(z.object({ id: z.string(), state: z.string() })) });

/**
 * What a running observer has seen, for `findDeadThresholds`. A limit counts as dead only if the observer evaluates it and none of its
 * rules has data now; limits that rest on requests are left to their services and routes, for an idle route is not a dead one.
 *
 * @throws ObserverError
 */
export async function readObserved(
  configuration: Configuration,
  observer: ObserverAddress,
  timeoutMs: number,
): Promise<Observed> {
  const [{ services }, { rules }] = await Promise.all([
    readObserver(observer, "/api/v1/services", servicesSchema, timeoutMs),
    readObserver(observer, "/api/v1/rules", rulesSchema, timeoutMs),
  ]);
  const subjects = services
    .filter(({ lastSeen }) => lastSeen !== null)
    .flatMap(({ environment, namespace, service, routes }): Subject[] => [
      { environment, namespace, service },
      ...routes.map((route) => ({ environment, namespace, service, route })),
    ]);
  return {
    subjects,
    pathsWithData: findPathsWithData(configuration, subjects, rules),
    counters: findCounters(configuration, services),
  };
}

/** Counters that the observer does not follow, because its file has others, are left to themselves. */
function findCounters(
  { services }: Configuration,
  observed: readonly { readonly service: string; readonly silentCounters: readonly string[] }[],
): Map<string, Set<string>> {
  const silent = new Map(observed.map(({ service, silentCounters }) => [service, silentCounters]));
  return new Map(
    [...services.values()].map(({ name, counters }) => {
      const sent = [...counters.keys()].filter((metric) => !silent.get(name)?.includes(metric));
      return [name, new Set(sent)];
    }),
  );
}

function findPathsWithData(
  configuration: Configuration,
  subjects: readonly Subject[],
  rules: readonly { readonly id: string; readonly state: string }[],
): Set<string> {
  const stateById = new Map(rules.map(({ id, state }) => [id, state]));
  const alive = compileRules(configuration, subjects).rules.filter(
    ({ id, key }) => stateById.get(id) !== "noData" || findLimitDefinition(key)?.restsOnRequests,
  );
  return new Set(alive.map(({ path }) => path));
}

import type { Configuration, ResolvedLimit, ServiceConfiguration } from "../config/configuration.ts";

/** Names that are meant, or all but these. */
export interface Names {
  readonly all: boolean;
  readonly names: readonly string[];
}

/** Subjects of one or more services: all of their routes, or those of one service that `routes` tells. */
export interface SubjectSelector {
  readonly services: Names;
  readonly routes?: Names;
}

/** Subjects that go by one limit with equal numbers, wherever each was written. */
export interface LimitGroup {
  /** Of one of them; equal for the others in what makes them a group. */
  readonly limit: ResolvedLimit;
  /** Where its numbers were written, each place once. */
  readonly paths: readonly string[];
  /** Disjoint, together all subjects of the group. */
  readonly selectors: readonly SubjectSelector[];
}

/** One limit as it holds for services that the file does not name, or for one it names, or for one of its endpoints. */
interface Use {
  readonly limit: ResolvedLimit;
  readonly service: string | undefined;
  readonly route: string | undefined;
}

/**
 * All limits of a configuration, subjects with equal numbers together: rules and panels are made of these, so that their number grows
 * with the numbers in the file and not with services and routes.
 *
 * @param keyOf names what is one group; limits with equal settings, where left out
 * @returns in the order in which limits are first met: `defaults` before services before endpoints
 */
export function groupLimits(
  configuration: Configuration,
  keyOf: (limit: ResolvedLimit) => string = settingsKey,
): LimitGroup[] {
  const groups = new Map<string, Use[]>();
  for (const use of listUses(configuration)) {
    const key = keyOf(use.limit);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [use]);
    else known.push(use);
  }
  return [...groups.values()].flatMap((uses) => {
    const [first] = uses;
    if (first === undefined) return [];
    const paths = [...new Set(uses.map(({ limit }) => limit.path))];
    return [{ limit: first.limit, paths, selectors: toSelectors(uses, configuration) }];
  });
}

function listUses({ unnamedService, services }: Configuration): Use[] {
  const unnamed = [...unnamedService.limits, ...unnamedService.routeLimits];
  return [
    ...unnamed.map((limit) => ({ limit, service: undefined, route: undefined })),
    ...[...services.values()].flatMap((service) => listServiceUses(service)),
  ];
}

function listServiceUses({ name, limits, routeLimits, endpoints }: ServiceConfiguration): Use[] {
  return [
    ...[...limits, ...routeLimits].map((limit) => ({ limit, service: name, route: undefined })),
    ...[...endpoints.values()].flatMap((endpoint) =>
      endpoint.limits.map((limit) => ({ limit, service: name, route: endpoint.route })),
    ),
  ];
}

function settingsKey({ definition: _, path: __, ...settings }: ResolvedLimit): string {
  return JSON.stringify(settings);
}

function toSelectors(uses: readonly Use[], { services }: Configuration): SubjectSelector[] {
  const whole: string[] = [];
  const parts: SubjectSelector[] = [];
  for (const { name, endpoints } of services.values()) {
    const own = uses.filter(({ service }) => service === name);
    if (own.length === 0) continue;
    const routes = own.flatMap(({ route }) => (route === undefined ? [] : [route]));
    const hasRest = own.some(({ route }) => route === undefined);
    const others = [...endpoints.keys()].filter((route) => !routes.includes(route));
    const isWhole = hasRest && (others.length === 0 || own[0]?.limit.definition.level === "service");
    if (isWhole) whole.push(name);
    else
      parts.push({
        services: { all: false, names: [name] },
        routes: hasRest ? { all: true, names: others } : { all: false, names: routes },
      });
  }
  if (uses.some(({ service }) => service === undefined)) {
    const apart = [...services.keys()].filter((name) => !whole.includes(name));
    return [{ services: { all: true, names: apart } }, ...parts];
  }
  return whole.length === 0 ? parts : [{ services: { all: false, names: whole } }, ...parts];
}

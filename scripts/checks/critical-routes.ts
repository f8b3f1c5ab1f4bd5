import type { Configuration, ResolvedLimit } from "@kontor/observer/config/configuration";

const wanted: readonly (readonly [string, RegExp])[] = [
  ["latencyP95MsMax", /^latencyP\d+MsMax$/],
  ["errorRatioMax", /^errorRatioMax$/],
];

type Held = { name: string; limits: readonly Pick<ResolvedLimit, "key">[] };

/**
 * Routes that somebody waits for and that are held to no latency, or to no error ratio: each endpoint that the file names, and
 * whatever else a service, named or not, answers.
 *
 * @returns lines such as `core-erp POST /api/orders: no latencyP95MsMax`
 */
export function findUnlimitedRoutes({ services, unnamedService }: Configuration): string[] {
  const named = [...services.values()].flatMap(({ name, routeLimits, endpoints }): Held[] => [
    { name: `${name}, other routes`, limits: routeLimits },
    ...[...endpoints.values()].map(({ route, limits }) => ({ name: `${name} ${route}`, limits })),
  ]);
  return findUnlimited([{ name: "services not named", limits: unnamedService.routeLimits }, ...named]);
}

type Route = { service: string; endpoint: string };
type Rule = { rule: string; service: string; endpoint: string | null };

/** The same of routes that really answered, by the rules that a running observer has. */
export function findUnguardedRoutes(routes: readonly Route[], rules: readonly Rule[]): string[] {
  return findUnlimited(
    routes.map(({ service, endpoint }) => ({
      name: `${service} ${endpoint}`,
      limits: rules
        .filter((one) => one.service === service && one.endpoint === endpoint)
        .map(({ rule }) => ({ key: rule as ResolvedLimit["key"] })),
    })),
  );
}

function findUnlimited(held: readonly Held[]): string[] {
  return held.flatMap(({ name, limits }) =>
    wanted
      .filter(([, pattern]) => !limits.some(({ key }) => pattern.test(key)))
      .map(([key]) => `${name}: no ${key}`),
  );
}

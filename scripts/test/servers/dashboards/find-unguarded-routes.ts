type Route = { service: string; endpoint: string };
type Rule = { rule: string; service: string; endpoint: string | null };

const wanted: readonly (readonly [string, RegExp])[] = [
  ["latencyP95MsMax", /^latencyP\d+MsMax$/],
  ["errorRatioMax", /^errorRatioMax$/],
];

/**
 * Routes that answer requests and that no rule holds to a latency, or to an error ratio.
 *
 * @returns lines such as `core-erp GET /api/stock: latencyP95MsMax`
 */
export function findUnguardedRoutes(routes: readonly Route[], rules: readonly Rule[]): string[] {
  return routes.flatMap(({ service, endpoint }) => {
    const own = rules.filter((one) => one.service === service && one.endpoint === endpoint);
    const missing = wanted.filter(([, pattern]) => !own.some(({ rule }) => pattern.test(rule)));
    return missing.map(([rule]) => `${service} ${endpoint}: ${rule}`);
  });
}

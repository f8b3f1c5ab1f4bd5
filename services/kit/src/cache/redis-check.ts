import type { HealthCheck } from "../health.ts";

/** Redis in `/health`: `redis:responseTime` ms. One that is away is a `warn`: everything is done without it, only dearer. */
export function redisCheck(ping: () => Promise<unknown>): HealthCheck {
  return {
    name: "redis:responseTime",
    componentType: "datastore",
    async observe() {
      const startedAt = performance.now();
      const answer = await ping().then(
        () => ({ status: "pass" }) as const,
        () => ({ status: "warn", output: "not reachable; each process answers for itself" }) as const,
      );
      return { observedValue: Math.round(performance.now() - startedAt), observedUnit: "ms", ...answer };
    },
  };
}

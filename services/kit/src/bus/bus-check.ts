import type { HealthCheck } from "../health.ts";
import type { Bus } from "./bus.ts";

/** The bus in `/health`: `bus:responseTime` ms. A bus that is away is a `warn`: events wait in the outbox meanwhile. */
export function busCheck(bus: Bus): HealthCheck {
  return {
    name: "bus:responseTime",
    componentType: "component",
    async observe() {
      const startedAt = performance.now();
      const answer = await bus.ping().then(
        () => ({ status: "pass" }) as const,
        () => ({ status: "warn", output: "not reachable; events wait in the outbox" }) as const,
      );
      return { observedValue: Math.round(performance.now() - startedAt), observedUnit: "ms", ...answer };
    },
  };
}

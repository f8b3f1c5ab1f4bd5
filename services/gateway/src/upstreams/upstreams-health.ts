import type { HealthCheck } from "@kontor/kit/health";
import type { Instances } from "./instances.ts";

/**
 * One check for each service behind the gateway: instances that are in. Never `fail`: a gateway without one of its services
 * still serves the others, and must not be taken out itself.
 */
export function upstreamChecks(upstreams: readonly Instances[]): HealthCheck[] {
  return upstreams.map((upstream) => ({
    name: `${upstream.name}:instances`,
    componentType: "component",
    async observe() {
      const count = upstream.count(Date.now());
      const status = count.in === count.all ? "pass" : "warn";
      const output = `${count.all - count.in} of ${count.all} ejected`;
      return {
        observedValue: count.in,
        observedUnit: "instances",
        status,
        ...(status === "warn" ? { output } : {}),
      };
    },
  }));
}

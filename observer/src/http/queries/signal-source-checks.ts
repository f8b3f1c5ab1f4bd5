import type { HealthCheck } from "@kontor/kit/health";
import type { SourceStatus } from "../../store/sources/switching-source.ts";

/** One check for each server that rules are evaluated on. It warns: the stream stands in for a server that is away. */
export function signalSourceChecks(statuses: () => readonly SourceStatus[]): HealthCheck[] {
  return statuses().map(({ name }) => ({
    name: `${name}:signals`,
    componentType: "datastore",
    async observe() {
      const status = statuses().find((one) => one.name === name);
      const standIns = status?.signals.length ?? 0;
      const common = { observedValue: standIns, observedUnit: "signals from stream" };
      if (status === undefined || status.state === "answering") return { ...common, status: "pass" };
      return { ...common, status: "warn", output: describe(status) };
    },
  }));
}

function describe({ name, state, sinceMs, reason, signals }: SourceStatus): string {
  const since = new Date(sinceMs).toISOString();
  if (state === "returning")
    return `${name} answers again since ${since}; it is read when it has filled a window`;
  return `${name} cannot be read since ${since}, stream stands in for ${signals.join(", ")}: ${reason ?? "no reason"}`;
}

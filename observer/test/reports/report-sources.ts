import type { ReportSources } from "@kontor/observer/reports/report-input";
import { endpointKey } from "@kontor/observer/reports/report-input";
import { realisticInput } from "./realistic-input.ts";
import { measureOf } from "./report-fixture.ts";

/** Sources that hold what the fixture of a day holds. */
export function realisticSources(overrides: Partial<ReportSources> = {}): ReportSources {
  const input = realisticInput();
  return {
    listFindings: async () => input.findings,
    countOccurrences: async (windows) => windows.map((_, at) => (at % 2 === 0 ? 40 : 0)),
    listTransitions: async () => input.transitions,
    listActiveAlerts: async () => input.activeAlerts,
    listDeployments: async () => input.deployments,
    listEndpointUse: async () => input.endpoints,
    listCourses: async ({ endpoints }) => {
      const wanted = new Set(endpoints.map(endpointKey));
      return input.courses.filter((point) => wanted.has(endpointKey(point)));
    },
    measureWindows: async (windows) =>
      windows.map((_, at) => (at % 2 === 0 ? measureOf(900, 100, 500) : measureOf(800, 40, 200))),
    latencyLimitMs: (endpoint) => input.latencyLimits.get(endpointKey(endpoint)),
    ...overrides,
  };
}

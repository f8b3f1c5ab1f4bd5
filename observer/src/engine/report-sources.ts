import { isFiring } from "../alerts/alert.ts";
import type { Alerting } from "../alerts/alerting.ts";
import type { ReportSources } from "../reports/report-input.ts";
import { listDeployments } from "../state/deployments.ts";
import { countOccurrences, listReportedFindings } from "../state/reported-findings.ts";
import { listTransitions } from "../state/transitions.ts";
import type { Store } from "../store/store.ts";
import type { Diagnosing } from "./open-diagnosing.ts";
import type { State } from "./open-state.ts";

const deploymentsMax = 1_000;

/** Where reports read: findings, changes and versions from the state schema, requests from the store, what lasts from memory. */
export function createReportSources(parts: {
  readonly state: State;
  readonly store: Pick<Store, "endpointHistory">;
  readonly alerting: Pick<Alerting, "listAlerts">;
  readonly diagnosing: Pick<Diagnosing, "latencyLimitMs">;
}): ReportSources {
  const { state, store, alerting, diagnosing } = parts;
  return {
    ...store.endpointHistory,
    listFindings: (range) => state.run((db) => listReportedFindings(db, range)),
    countOccurrences: (windows) => state.run((db) => countOccurrences(db, windows)),
    listTransitions: (range) => state.run((db) => listTransitions(db, range)),
    listActiveAlerts: async () =>
      alerting.listAlerts().filter(({ state: now }) => isFiring(now) || now === "noData" || now === "error"),
    listDeployments: () => state.run((db) => listDeployments(db, { limit: deploymentsMax })),
    latencyLimitMs: ({ service, route }) => diagnosing.latencyLimitMs(service, route),
  };
}

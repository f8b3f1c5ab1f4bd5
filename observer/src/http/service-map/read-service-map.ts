import type { Alert } from "../../alerts/alert.ts";
import { subjectKey } from "../../signals/subject.ts";
import type { HistoryRange } from "../../store/endpoint-history.ts";
import type { RuleView, ServiceView } from "../api/services.routes.ts";
import type { ReadCalls } from "../queries/service-map-queries.ts";
import { toCallLimits } from "./call-limits.ts";
import { buildServiceMap, type ServiceMap } from "./service-map.ts";

export interface ReadMap extends HistoryRange {
  readonly map: ServiceMap;
}

/** @param nodesMax of the nodes that are given; what is wrong is the last to be left out */
export type ReadServiceMap = (
  range: HistoryRange,
  focus: string | undefined,
  nodesMax: number,
) => Promise<ReadMap>;

export interface ServiceMapSources {
  readCalls(range: HistoryRange): Promise<ReadCalls>;
  listFiring(): Promise<readonly Alert[]>;
  listServices(): readonly ServiceView[];
  listRules(): readonly RuleView[];
}

const edgesPerNodeMax = 4;

/** The map of a range: calls from the store, limits, alerts and known services as they are now. */
export function createReadServiceMap(sources: ServiceMapSources): ReadServiceMap {
  return async (range, focus, nodesMax) => {
    const [{ fromMs, toMs, map }, alerts] = await Promise.all([
      sources.readCalls(range),
      sources.listFiring(),
    ]);
    const firing = new Map<string, number>();
    for (const { subject } of alerts) {
      const { environment, namespace, service } = subject;
      const key = subjectKey({ environment, namespace, service });
      firing.set(key, (firing.get(key) ?? 0) + 1);
    }
    const built = buildServiceMap(map, {
      seconds: (toMs - fromMs) / 1_000,
      services: sources.listServices(),
      firingOf: ({ environment, namespace, service }) =>
        firing.get(subjectKey({ environment, namespace, service })) ?? 0,
      limitsOf: toCallLimits(sources.listRules()),
      ...{ focus, nodesMax, edgesMax: nodesMax * edgesPerNodeMax },
    });
    return { fromMs, toMs, map: built };
  };
}

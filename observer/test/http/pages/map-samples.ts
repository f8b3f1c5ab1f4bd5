import { toCallLimits } from "@kontor/observer/http/service-map/call-limits";
import type { ReadServiceMap } from "@kontor/observer/http/service-map/read-service-map";
import { buildServiceMap } from "@kontor/observer/http/service-map/service-map";
import type { CallGroup, CallParty } from "@kontor/observer/store/call-history";
import { hostileText } from "./page-samples.ts";
import { ruleOf } from "./view-samples.ts";

function party(service: string): CallParty {
  return { environment: "default", namespace: "", service };
}

function call(from: string | undefined, to: string | undefined, fields: Partial<CallGroup> = {}): CallGroup {
  return {
    kind: from === undefined ? "arrival" : "request",
    caller: from === undefined ? undefined : party(from),
    callee: to === undefined ? undefined : party(to),
    ...{ peer: undefined, calls: 900, failed: 0, durations: [[30, 900]] },
    ...{ slowestTraceId: hostileText, failedTraceId: undefined },
    ...fields,
  };
}

const topic = { kind: "broker", system: hostileText, name: hostileText } as const;

/** A shop in trouble: its gateway gets errors from core-erp, and one service is hostile in every name. */
export const sampleCalls: readonly CallGroup[] = [
  call(undefined, "gateway"),
  call("gateway", "core-erp", { failed: 90, failedTraceId: hostileText, durations: [[70, 900]] }),
  call("core-erp", undefined, { peer: { kind: "database", system: "postgresql", name: "shop" }, failed: 1 }),
  call("core-erp", "core-erp"),
  call("core-erp", undefined, { kind: "publish", peer: topic }),
  call(undefined, hostileText, { kind: "consume", peer: topic }),
  call(hostileText, undefined, { peer: { kind: "external", system: "", name: hostileText } }),
  call(hostileText, "gateway"),
];

/** Services that each call the next one alone, behind a caller that is not observed: one layer more than services. */
export function chainOf(length: number): CallGroup[] {
  const names = Array.from({ length }, (_, at) => `service-${at}`);
  return names.map((name, at) => call(at === 0 ? undefined : names[at - 1], name));
}

export function mapOf(groups: readonly CallGroup[]): ReadServiceMap {
  return async ({ fromMs, toMs }, focus, nodesMax) => {
    const limit = ruleOf({
      rule: "httpClientErrorRatioMax",
      service: "gateway",
      endpoint: null,
      limit: 0.05,
    });
    const map = buildServiceMap(
      { groups, tracesPerSample: 1, isCut: false },
      {
        seconds: (toMs - fromMs) / 1_000,
        services: [party("idle")],
        firingOf: ({ service }) => (service === "core-erp" ? 1 : 0),
        limitsOf: toCallLimits([limit]),
        ...{ focus, nodesMax, edgesMax: 400 },
      },
    );
    return { fromMs, toMs, map };
  };
}

export const sampleMap = mapOf(sampleCalls);

import { createConfigurationHolder } from "@kontor/observer/config/configuration-holder";
import { createEvaluation } from "@kontor/observer/engine/evaluation";
import { createServiceRegister } from "@kontor/observer/engine/service-register";
import type { PageDeps } from "@kontor/observer/http/pages/pages";
import { createCatalogueQueries } from "@kontor/observer/http/queries/catalogue-queries";
import { createReadServiceMap } from "@kontor/observer/http/service-map/read-service-map";
import type { CallGroup, CallParty } from "@kontor/observer/store/call-history";
import { createStreamSource } from "@kontor/observer/store/windows/stream-source";
import { toConfiguration } from "../rule-sets.ts";
import { createSenders, secondOfTelemetry } from "../second-of-telemetry.ts";

export const width = { services: 200, routesPerService: 25, callsPerService: 4 };
const services = Array.from({ length: width.services }, (_, at) => `service-${at}`);
const routes = Array.from({ length: width.routesPerService }, (_, at) => `/api/things-${at}/:id`);
const home = { environment: "default", namespace: "" };
const minuteMs = 60_000;
const exportMs = 5_000;
const limits = {
  ...{ latencyP95MsMax: 500, errorRatioMax: 0.2, httpClientErrorRatioMax: 0.05, cpuRatioMax: 0.7 },
  ...{ memoryMbMax: 512, eventLoopDelayP99MsMax: 250, gcTimeRatioMax: 0.2, databasePoolRatioMax: 0.9 },
};

export type WideSystem = Pick<
  PageDeps,
  "listServices" | "listRules" | "readSignal" | "readServiceMap" | "listDeadThresholds"
>;

/** What the pages read of a wide system: real windows full of a minute of telemetry, every rule judged on them, and calls as the store gives them. */
export async function createWideSystem(nowMs: number): Promise<WideSystem> {
  const source = createStreamSource();
  const register = createServiceRegister(() => {});
  const senders = createSenders(services, routes);
  const startMs = nowMs - 2 * minuteMs;
  for (let atMs = startMs + exportMs; atMs <= nowMs; atMs += exportMs) {
    const points = secondOfTelemetry(startMs, atMs, senders);
    source.add(points);
    register.note({ kind: "points", receivedAtMs: atMs, points });
  }
  const { overflowed } = source.usage().counters;
  if (overflowed > 0) throw new Error(`${overflowed} points of the wide system had no room in the windows`);
  const holder = createConfigurationHolder(toConfiguration(limits));
  const { seenSubjects } = source;
  const evaluation = createEvaluation({
    ...{ holder, source, home, seenSubjects },
    alerting: { tick: async () => undefined },
  });
  await evaluation.tick(nowMs);
  const deadThresholds = { isSettled: true, list: () => [], hasSent: () => true, note: async () => {} };
  const catalogue = createCatalogueQueries({
    ...{ register, holder, evaluation, deadThresholds, seenSubjects, sourceName: source.name },
  });
  const map = { groups: listCalls(), tracesPerSample: 1, isCut: false };
  return {
    ...catalogue,
    readSignal: (signal, windowSeconds) => source.read(signal, windowSeconds, nowMs),
    readServiceMap: createReadServiceMap({
      readCalls: async (range) => ({ ...range, map }),
      listFiring: async () => [],
      listServices: catalogue.listServices,
      listRules: () => catalogue.listRules().rules,
    }),
  };
}

/** Every service is asked from outside, asks some others and its own database. */
function listCalls(): CallGroup[] {
  return services.flatMap((service, at) => [
    toCalls("arrival", undefined, service),
    ...Array.from({ length: width.callsPerService }, (_, step) =>
      toCalls("request", service, services[(at * 3 + step * 17 + 1) % services.length]),
    ),
    {
      ...toCalls("request", service, undefined),
      peer: { kind: "database" as const, system: "postgresql", name: `shop-${at % 20}` },
    },
  ]);
}

function toCalls(kind: CallGroup["kind"], caller: string | undefined, callee: string | undefined): CallGroup {
  const party = (service: string | undefined): CallParty | undefined =>
    service === undefined ? undefined : { ...home, service };
  return {
    ...{ kind, caller: party(caller), callee: party(callee), peer: undefined, calls: 900, failed: 3 },
    durations: Array.from({ length: 30 }, (_, stretch) => [20 + stretch, 30] as const),
    ...{ slowestTraceId: "a".repeat(32), failedTraceId: "b".repeat(32) },
  };
}

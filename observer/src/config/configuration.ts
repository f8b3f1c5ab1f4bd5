import { type CounterSignalName, toCounterSignalName } from "../signals/counter-signal.ts";
import type { LimitKeyDefinition, LimitName } from "./limit-keys.ts";
import type { ReportSchedule } from "./report-schedule.ts";
import type { ReceiverType, SectionValues, Severity } from "./settings.ts";

/** Where something stands in the file. Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One limit with every field decided, for one service or one of its routes. */
export interface ResolvedLimit {
  readonly key: LimitName;
  readonly definition: LimitKeyDefinition;
  readonly limit: number;
  /** The value that counts as good again: at most `limit` for a `max` bound, at least it for a `min` bound. */
  readonly clear: number;
  readonly windowSeconds: number;
  readonly forSeconds: number;
  readonly keepFiringSeconds: number;
  /** 1 where the limit does not rest on requests. */
  readonly minRequests: number;
  readonly severity: Severity;
  /** Where the number was written: `services.core-erp.latencyP95MsMax`. */
  readonly path: string;
}

export interface EndpointConfiguration {
  /** `POST /api/orders`, as in `Subject.route`. */
  readonly route: string;
  readonly critical: boolean;
  readonly path: string;
  /** Limits of the level `route`. */
  readonly limits: readonly ResolvedLimit[];
}

export interface ServiceConfiguration {
  readonly name: string;
  readonly critical: boolean;
  /** With `${NAME:-default}` already replaced; undefined where the service is not polled. */
  readonly healthUrl: string | undefined;
  readonly dependsOn: readonly string[];
  /** Not every deployment has it: not expected before it was seen, and no dead threshold. */
  readonly optional: boolean;
  readonly path: string;
  /** Limits of the level `service`, those on its counters among them. */
  readonly limits: readonly ResolvedLimit[];
  /** Metrics of its own that are followed, with a limit or without, by their path in the file. */
  readonly counters: ReadonlyMap<string, string>;
  /** Limits for routes that are not named as endpoints. */
  readonly routeLimits: readonly ResolvedLimit[];
  readonly endpoints: ReadonlyMap<string, EndpointConfiguration>;
}

export interface ReceiverConfiguration {
  readonly name: string;
  readonly type: ReceiverType;
  readonly severities: readonly Severity[];
  /** A firing alert is sent again after this; for a heartbeat, the time between two beats. */
  readonly repeatIntervalSeconds: number;
}

/** `observer_config.json`, checked, with every default filled in. Built whole and never changed; a reload builds another. */
export interface Configuration {
  /** 16 hex digits over every decided value; the same for every formatting and order of keys. */
  readonly hash: string;
  /** Limits of services that the file does not name. */
  readonly unnamedService: Pick<ServiceConfiguration, "limits" | "routeLimits">;
  readonly services: ReadonlyMap<string, ServiceConfiguration>;
  readonly receivers: readonly ReceiverConfiguration[];
  readonly reports: readonly ReportSchedule[];
  readonly alerts: SectionValues<"alerts">;
  readonly healthPolls: SectionValues<"healthPolls">;
  readonly retention: SectionValues<"retention">;
  readonly ingest: SectionValues<"ingest">;
  readonly traceBuffer: SectionValues<"traceBuffer">;
  readonly diagnosis: SectionValues<"diagnosis">;
  readonly findings: SectionValues<"findings">;
  readonly scalingHeadroomRatio: number;
  /** Position of every service, endpoint and limit by its path. */
  readonly positions: ReadonlyMap<string, Position>;
}

/** The signals of all counters that the file names, each once. */
export function counterSignals({ services }: Pick<Configuration, "services">): CounterSignalName[] {
  const metrics = new Set([...services.values()].flatMap(({ counters }) => [...counters.keys()]));
  return [...metrics].map(toCounterSignalName);
}

/**
 * The limits that hold for a service, or for one of its routes.
 *
 * @param route as in `Subject.route`; without it, the limits of the level `service`
 * @returns none where every limit is switched off or none is set
 */
export function limitsFor(
  configuration: Configuration,
  service: string,
  route?: string,
): readonly ResolvedLimit[] {
  const named = configuration.services.get(service);
  const level = named ?? configuration.unnamedService;
  if (route === undefined) return level.limits;
  return named?.endpoints.get(route)?.limits ?? level.routeLimits;
}

/** Of `latencyP95MsMax` for a route, in ms; undefined where there is none. */
export function latencyLimitMs(
  configuration: Configuration,
  service: string,
  route: string,
): number | undefined {
  return limitsFor(configuration, service, route).find(({ key }) => key === "latencyP95MsMax")?.limit;
}

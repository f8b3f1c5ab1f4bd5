import { ExportInterval, intervalsPerWindow } from "../export-interval.ts";

/** Services whose exports are so rare that they need a longer window. */
export interface SlowServices {
  readonly services: readonly string[];
  readonly windowSeconds: number;
}

/** The newest point of one instance of a service. */
export interface Heard {
  readonly service: string;
  /** Tells instances apart, whatever it holds. */
  readonly instance: string;
  readonly newestAtMs: number;
}

/** Learns from the newest points how often each service exports. */
export interface IntervalBook {
  /** Takes note of all instances there are; those not named are forgotten. */
  note(heard: readonly Heard[]): void;
  /** Services that a window is too short for, by the window they need, in whole seconds. */
  slowFor(windowSeconds: number): readonly SlowServices[];
}

/** Different windows in one query; services beyond share the longest. */
const groupsMax = 5;

export function createIntervalBook(): IntervalBook {
  let instances = new Map<string, { readonly service: string; readonly interval: ExportInterval }>();
  return {
    note(heard) {
      const next = new Map<string, { readonly service: string; readonly interval: ExportInterval }>();
      for (const { service, instance, newestAtMs } of heard) {
        const known = instances.get(instance) ?? { service, interval: new ExportInterval() };
        known.interval.note(newestAtMs);
        next.set(instance, known);
      }
      instances = next;
    },
    slowFor(windowSeconds) {
      const needed = new Map<string, number>();
      for (const { service, interval } of instances.values()) {
        const seconds = Math.ceil((interval.valueMs * intervalsPerWindow) / 1000);
        if (seconds > windowSeconds) needed.set(service, Math.max(seconds, needed.get(service) ?? 0));
      }
      const windows = [...new Set(needed.values())].sort((a, b) => a - b);
      const longest = windows.at(-1) ?? 0;
      const groups = new Map<number, string[]>();
      for (const [service, seconds] of needed) {
        const window = windows.indexOf(seconds) < groupsMax - 1 ? seconds : longest;
        groups.set(window, [...(groups.get(window) ?? []), service]);
      }
      return [...groups].map(([window, services]) => ({ windowSeconds: window, services: services.sort() }));
    },
  };
}

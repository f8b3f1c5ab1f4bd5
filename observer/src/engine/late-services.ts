import type { Samples } from "../signals/signal-source.ts";

/** How late the event loops of services were in the last minutes: what a service measures while it is late is longer than it was. */
export interface LateServices {
  /** Takes the newest value of `eventLoopDelayP99` of every service, in ms. Called at every tick. */
  note(samples: Samples): void;
  /** The worst delay that a service measured in a time, in ms; 0 where it measured none. Times in ms since the epoch. */
  worstDelayMs(service: string, fromMs: number, toMs: number): number;
}

/** Longer than a trace waits to be diagnosed. */
const keptMs = 180_000;
const servicesMax = 2_000;
/** A service tells of a delay with its next export. */
const exportMs = 2_000;

interface Delay {
  readonly atMs: number;
  readonly delayMs: number;
}

export function createLateServices(): LateServices {
  const delays = new Map<string, Delay[]>();
  return {
    note(samples) {
      for (const { subject, value, newestAtMs } of samples.values()) {
        const known = delays.get(subject.service);
        if (known === undefined && delays.size >= servicesMax) continue;
        const list = known ?? [];
        delays.set(subject.service, list);
        if (list.some(({ atMs, delayMs }) => atMs === newestAtMs && delayMs >= value)) continue;
        list.push({ atMs: newestAtMs, delayMs: value });
        while ((list[0]?.atMs ?? newestAtMs) < newestAtMs - keptMs) list.shift();
      }
    },
    worstDelayMs(service, fromMs, toMs) {
      const within = (delays.get(service) ?? []).filter(
        ({ atMs }) => atMs >= fromMs && atMs <= toMs + exportMs,
      );
      return within.reduce((worst, { delayMs }) => Math.max(worst, delayMs), 0);
    },
  };
}

import { type CataloguedName, type SignalName, signalCatalogue } from "../signals/catalogue.ts";
import { type Subject, subjectKey } from "../signals/subject.ts";
import type { StreamSource } from "../store/windows/stream-source.ts";

const names = Object.keys(signalCatalogue) as CataloguedName[];
const isPerRoute = (name: CataloguedName): boolean => signalCatalogue[name].dimensions.includes("route");

/** What charts can show of every service, and of every route. Counters that the configuration names come on top. */
export const serviceSignals: readonly CataloguedName[] = names.filter((name) => !isPerRoute(name));
export const routeSignals: readonly CataloguedName[] = names.filter(isPerRoute);

export interface HistoryPoint {
  /** Ms since the epoch, a whole multiple of 10 s. */
  readonly atMs: number;
  /** Undefined where nothing was measured. */
  readonly value: number | undefined;
}

/** The last hour of all signals, for charts, kept in memory. After a restart it begins anew. */
export interface SignalHistory {
  /** Called at every tick; takes one value of each series for every 10 s. */
  note(atMs: number): void;
  /** One point for every 10 s that was noted, by time; `fromMs` and `toMs` inclusive. None for a series that is not known. */
  read(signal: SignalName, subject: Subject, range: { fromMs: number; toMs: number }): HistoryPoint[];
  usage(): { readonly series: number; readonly seriesMax: number; readonly refused: number };
}

export interface SignalHistoryOptions {
  readonly source: Pick<StreamSource, "read">;
  /** Signals of counters, asked for at every step: a reload may name others. */
  readonly counters?: () => readonly SignalName[];
  /** A series takes 1.4 KB. More are not followed; those of services go first. */
  readonly seriesMax?: number;
}

interface Series {
  readonly values: Float32Array;
  lastSlot: number;
}

export const historyStepMs = 10_000;
const slots = 360;
/** Each value is over the window that rules use unless they say otherwise, so that a chart and a verdict agree. */
const windowSeconds = 30;

export function createSignalHistory({
  source,
  counters = () => [],
  seriesMax = 10_000,
}: SignalHistoryOptions): SignalHistory {
  const series = new Map<string, Series>();
  /** Which slots were noted, by place in the ring. */
  const noted = new Float64Array(slots).fill(-1);
  let lastSlot = -1;
  let refused = 0;

  const keyOf = (signal: SignalName, subject: Subject): string => `${signal} ${subjectKey(subject)}`;

  const openSeries = (key: string): Series | undefined => {
    const known = series.get(key);
    if (known !== undefined) return known;
    if (series.size >= seriesMax) {
      refused += 1;
      return undefined;
    }
    const opened: Series = { values: new Float32Array(slots).fill(Number.NaN), lastSlot: 0 };
    series.set(key, opened);
    return opened;
  };

  /** Forgets what stands where this slot goes, and series that were silent for the whole hour. */
  const clear = (slot: number): void => {
    for (const [key, one] of series) {
      if (slot - one.lastSlot >= slots) series.delete(key);
      else one.values[slot % slots] = Number.NaN;
    }
  };

  return {
    note(atMs) {
      const slot = Math.floor(atMs / historyStepMs);
      // A clock that was set back must not mix two times in one ring.
      if (slot <= lastSlot) return;
      for (let one = Math.max(lastSlot + 1, slot - slots + 1); one <= slot; one += 1) clear(one);
      lastSlot = slot;
      noted[slot % slots] = slot;
      refused = 0;
      for (const signal of [...serviceSignals, ...counters(), ...routeSignals]) {
        for (const { subject, value } of source.read(signal, windowSeconds, atMs).values()) {
          const one = openSeries(keyOf(signal, subject));
          if (one === undefined) continue;
          one.values[slot % slots] = value;
          one.lastSlot = slot;
        }
      }
    },
    read(signal, subject, { fromMs, toMs }) {
      const one = series.get(keyOf(signal, subject));
      if (one === undefined) return [];
      const first = Math.max(Math.ceil(fromMs / historyStepMs), lastSlot - slots + 1, 0);
      const last = Math.min(Math.floor(toMs / historyStepMs), lastSlot);
      const points: HistoryPoint[] = [];
      for (let slot = first; slot <= last; slot += 1) {
        if (noted[slot % slots] !== slot) continue;
        const value = one.values[slot % slots] ?? Number.NaN;
        const atMs = slot * historyStepMs;
        points.push({ atMs, value: Number.isFinite(value) ? Number(value.toPrecision(6)) : undefined });
      }
      return points;
    },
    usage: () => ({ series: series.size, seriesMax, refused }),
  };
}

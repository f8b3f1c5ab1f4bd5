import {
  type CataloguedName,
  type CataloguedSignal,
  getSignal,
  type SignalName,
  signalCatalogue,
} from "../../signals/catalogue.ts";
import type { Samples, SignalSource } from "../../signals/signal-source.ts";
import type { Subject } from "../../signals/subject.ts";
import type { Batch } from "../batch.ts";
import type { PointRecord } from "../point-record.ts";
import type { RollupRow } from "../rollups/rollup-row.ts";
import type { SpanRecord } from "../span-record.ts";
import { readSignal } from "./read-signal.ts";
import { rollUp } from "./roll-up.ts";
import { type WindowCounters, WindowStore } from "./window-store.ts";

export interface StreamSourceOptions {
  readonly catalogue?: Readonly<Record<CataloguedName, CataloguedSignal>>;
  /** Of all rings together; beyond it new series are not followed and windows get shorter. */
  readonly maxBytes?: number;
  readonly maxRings?: number;
  /** More routes of one service share one subject, `(other routes)`. */
  readonly maxRoutesPerService?: number;
  /** Windows read later that are longer make rings remember longer from then on. */
  readonly longestWindowSeconds?: number;
}

export interface StreamUsage {
  readonly ringBytes: number;
  readonly counters: Readonly<WindowCounters>;
}

/** The streaming windows as a source of signals. Fed with what ingest accepted, in the order in which it was accepted. */
export interface StreamSource extends SignalSource {
  readonly name: "stream";
  read(signal: SignalName, windowSeconds: number, atMs: number): Samples;
  /** Takes what arrives from now on for these signals too: counters that the configuration names. Repeated, it changes nothing. */
  follow(signals: readonly SignalName[]): void;
  add(points: readonly PointRecord[]): void;
  addSpans(spans: readonly SpanRecord[]): void;
  /** Points or spans, whichever the batch has; logs make no signals. */
  addBatch(batch: Batch): void;
  /** Every service that sent something since the start, and every route that had requests in the last day. */
  seenSubjects(): readonly Subject[];
  /** All signals over the minute that ends at a time, for keeping. */
  rollUp(endMs: number): readonly RollupRow[];
  usage(): StreamUsage;
}

const mebibyte = 1_048_576;

/**
 * Creates empty windows for all signals of a catalogue. Reading is a scan of arrays and never waits: a tick over 320 routes takes
 * well under a millisecond a signal.
 */
export function createStreamSource(options: StreamSourceOptions = {}): StreamSource {
  const longestMs = (options.longestWindowSeconds ?? 60) * 1000;
  const store = new WindowStore(options.catalogue ?? signalCatalogue, {
    maxBytes: options.maxBytes ?? 96 * mebibyte,
    maxRings: options.maxRings ?? 50_000,
    maxRoutesPerService: options.maxRoutesPerService ?? 1_000,
    fineMs: Math.min(longestMs * 1.2, 330_000),
    retainMs: Math.max(longestMs * 1.2, 330_000),
  });
  return {
    name: "stream",
    read(name, windowSeconds, atMs) {
      const signal = store.catalogue.signals.get(name);
      if (signal === undefined) return new Map();
      const windowMs = windowSeconds * 1000;
      store.reach(windowMs);
      return readSignal(store, signal, { windowMs, atMs });
    },
    follow(signals) {
      for (const name of signals)
        if (!store.catalogue.signals.has(name)) store.catalogue.follow(getSignal(name));
    },
    add: (points) => store.addPoints(points),
    addSpans: (spans) => store.addSpans(spans),
    addBatch(batch) {
      if (batch.kind === "spans") store.addSpans(batch.spans);
      else if (batch.kind === "points") store.addPoints(batch.points);
    },
    seenSubjects: () => store.seen.list(),
    rollUp: (endMs) => rollUp(store, endMs),
    usage: () => ({ ringBytes: store.budget.usedBytes, counters: { ...store.counters } }),
  };
}

import type { SpanInput } from "../../signals/signal-definition.ts";
import { type Subject, subjectKey } from "../../signals/subject.ts";
import { ExportInterval } from "../export-interval.ts";
import type { ResourceRecord } from "../span-record.ts";
import type { CountedSeries } from "./cumulative-series.ts";
import type { EventRing } from "./event-ring.ts";
import type { GaugeRing } from "./gauge-ring.ts";
import type { HistogramLayout } from "./histogram-layout.ts";

/** One series of a sender: the ring it feeds, and how to get another where that one was swept away. */
export interface GaugeSeries {
  readonly kind: "gauge";
  readonly open: () => GaugeRing | undefined;
  ring: GaugeRing | undefined;
  /** Some signal reads it; others of its metric do not pass the filters of its input. */
  readonly isWanted: boolean;
}

export interface EventSeries {
  readonly kind: "counted";
  readonly open: () => EventRing | undefined;
  ring: EventRing | undefined;
  readonly isWanted: boolean;
  readonly follow: CountedSeries;
  readonly isFailed: boolean;
  readonly layout: HistogramLayout;
  readonly scratch: Float64Array;
}

/** What is remembered of one resource. */
export class Sender {
  readonly subject: Subject;
  readonly key: string;
  readonly firstReceivedAtMs: number;
  lastSeenMs: number;
  readonly series = new Map<string, GaugeSeries | EventSeries>();
  readonly spanRings = new Map<SpanInput, Map<string, EventRing>>();
  readonly #intervals = new Map<string, ExportInterval>();

  constructor({ environment, namespace, service }: ResourceRecord, nowMs: number) {
    this.subject = { environment, namespace, service };
    this.key = subjectKey(this.subject);
    this.firstReceivedAtMs = nowMs;
    this.lastSeenMs = nowMs;
  }

  /**
   * Takes note of an export of a metric.
   *
   * @returns the time between two exports, ms: the shortest of the last four, so that a gap does not stretch it; 0 until there are two
   */
  noteExport(metric: string, timeMs: number): number {
    const interval = this.#intervals.get(metric) ?? new ExportInterval(timeMs);
    this.#intervals.set(metric, interval);
    interval.note(timeMs);
    return interval.valueMs;
  }
}

import type { SpanInput } from "../../signals/signal-definition.ts";
import { type Subject, subjectKey } from "../../signals/subject.ts";
import { ExportInterval } from "../export-interval.ts";
import type { Attributes, ResourceRecord } from "../span-record.ts";
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
  /** For buckets that have to be moved to those of the layout, made when there are such. */
  scratch: Float64Array | undefined;
}

/** A series as its sender tells it: a metric and attributes. */
export interface SentSeries {
  readonly metric: string;
  readonly attributes: Attributes;
  /** Shared by all series of the metric. */
  readonly interval: ExportInterval;
  feeds: GaugeSeries | EventSeries | undefined;
  /** The one that was told after it, last time. */
  next: SentSeries | undefined;
}

/** What is remembered of one resource. */
export class Sender {
  readonly subject: Subject;
  readonly key: string;
  readonly firstReceivedAtMs: number;
  lastSeenMs: number;
  readonly spanRings = new Map<SpanInput, Map<string, EventRing>>();
  readonly #metrics = new Map<
    string,
    { readonly interval: ExportInterval; readonly series: Map<string, SentSeries> }
  >();
  #last: SentSeries | undefined;

  constructor({ environment, namespace, service }: ResourceRecord, nowMs: number) {
    this.subject = { environment, namespace, service };
    this.key = subjectKey(this.subject);
    this.firstReceivedAtMs = nowMs;
    this.lastSeenMs = nowMs;
  }

  /** The series of a metric with these attributes, made where it is new. */
  series(metric: string, attributes: Attributes): SentSeries {
    // A sender tells its series in the same order at each export, so no key has to be made to find the next one.
    const expected = this.#last?.next;
    const isExpected =
      expected !== undefined && expected.metric === metric && areSame(expected.attributes, attributes);
    const series = isExpected ? expected : this.#find(metric, attributes);
    if (this.#last !== undefined) this.#last.next = series;
    this.#last = series;
    return series;
  }

  #find(metric: string, attributes: Attributes): SentSeries {
    let told = this.#metrics.get(metric);
    if (told === undefined) {
      told = { interval: new ExportInterval(), series: new Map() };
      this.#metrics.set(metric, told);
    }
    const key = JSON.stringify(Object.entries(attributes).sort(byName));
    const known = told.series.get(key);
    if (known !== undefined) return known;
    const series = { metric, attributes, interval: told.interval, feeds: undefined, next: undefined };
    told.series.set(key, series);
    return series;
  }
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** Whether both have the same attributes, in whatever order; lists and maps are never taken for the same here. */
function areSame(some: Attributes, others: Attributes): boolean {
  let count = 0;
  for (const name in some) {
    if (some[name] !== others[name]) return false;
    count++;
  }
  for (const _ in others) count--;
  return count === 0;
}

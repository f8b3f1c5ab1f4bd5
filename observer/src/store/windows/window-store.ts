import type { CataloguedName, CataloguedSignal } from "../../signals/catalogue.ts";
import type { SpanInput } from "../../signals/signal-definition.ts";
import type { PointRecord } from "../point-record.ts";
import { toRoute } from "../route.ts";
import type { ResourceRecord, SpanKind, SpanRecord } from "../span-record.ts";
import { passesAll, passesFilter } from "./attribute-filter.ts";
import { type CompiledCatalogue, compileCatalogue, type MetricUse } from "./compile-catalogue.ts";
import type { Increase } from "./cumulative-series.ts";
import { EventInputStore, type EventLimits } from "./event-input.ts";
import { addMapped } from "./event-reader.ts";
import type { EventRing, RingBudget, RingHorizon } from "./event-ring.ts";
import { hasSameBuckets, openEventSeries, toTotals } from "./event-series.ts";
import { GaugeInputStore } from "./gauge-input.ts";
import { findBucket, LayoutRegistry } from "./histogram-layout.ts";
import { SeenSubjects } from "./seen-subjects.ts";
import { type EventSeries, type GaugeSeries, Sender } from "./sender.ts";
import { toSpanWeight } from "./span-weight.ts";

/** What was not taken into windows, and why. Storage keeps it all the same. */
export interface WindowCounters {
  repeated: number;
  late: number;
  /** First totals of senders that had counted before they were heard. */
  baselines: number;
  notFinite: number;
  /** No room for another series. */
  overflowed: number;
  /** The sender's clock was ahead; the time of arrival was taken. */
  clockAhead: number;
}

const spanSlotMs = 1000;
const sweepEveryMs = 30_000;

/** The streaming windows: all that the catalogue reads, updated as it arrives. Bounded in series and in bytes. */
export class WindowStore {
  readonly catalogue: CompiledCatalogue;
  readonly layouts = new LayoutRegistry();
  readonly events = new Map<string, EventInputStore>();
  readonly gauges = new Map<string, GaugeInputStore>();
  readonly seen = new SeenSubjects();
  readonly horizon: RingHorizon;
  readonly budget: RingBudget;
  readonly counters: WindowCounters = {
    repeated: 0,
    late: 0,
    baselines: 0,
    notFinite: 0,
    overflowed: 0,
    clockAhead: 0,
  };
  readonly #limits: EventLimits;
  readonly #spanInputs: Readonly<Record<SpanKind, readonly SpanInput[]>>;
  readonly #senders = new Map<string, Sender>();
  readonly #senderOf = new WeakMap<ResourceRecord, Sender>();
  #sweptAtMs = 0;

  constructor(
    catalogue: Readonly<Record<CataloguedName, CataloguedSignal>>,
    limits: EventLimits & { readonly maxBytes: number; readonly fineMs: number; readonly retainMs: number },
  ) {
    this.catalogue = compileCatalogue(catalogue);
    this.#limits = limits;
    const ofKind = (kind: SpanInput["spanKinds"][number]) =>
      this.catalogue.spanInputs.filter((input) => input.spanKinds.includes(kind));
    this.#spanInputs = {
      ...{ unspecified: [], internal: [], server: ofKind("server"), client: ofKind("client") },
      ...{ producer: ofKind("producer"), consumer: ofKind("consumer") },
    };
    this.horizon = { fineMs: limits.fineMs, retainMs: limits.retainMs, coarseStepMs: 15_000 };
    this.budget = { usedBytes: 0, maxBytes: limits.maxBytes };
  }

  addPoints(points: readonly PointRecord[]): void {
    this.#noteSenders(points);
    for (const point of points) {
      const use = this.catalogue.metrics.get(point.metric.name);
      if (use !== undefined && point.value.kind !== "none") this.#addPoint(point, use);
    }
    this.#sweep(points[0]?.receivedAtMs);
  }

  addSpans(spans: readonly SpanRecord[]): void {
    this.#noteSenders(spans);
    for (const span of spans) {
      for (const input of this.#spanInputs[span.kind]) {
        if (isOneOf(span, input)) this.#addSpan(span, input);
      }
    }
    this.#sweep(spans[0]?.receivedAtMs);
  }

  /** Lets rings remember as far as windows reach. @param windowMs the longest window read so far */
  reach(windowMs: number): void {
    this.horizon.fineMs = Math.max(this.horizon.fineMs, Math.min(windowMs * 1.1, 330_000));
    this.horizon.retainMs = Math.max(this.horizon.retainMs, windowMs * 1.1);
  }

  /** Who sends nothing that is catalogued is seen all the same. */
  #noteSenders(
    records: readonly { readonly resource: ResourceRecord; readonly receivedAtMs: number }[],
  ): void {
    let last: ResourceRecord | undefined;
    for (const { resource, receivedAtMs } of records) {
      if (resource !== last) this.#sender(resource, receivedAtMs);
      last = resource;
    }
  }

  #addPoint(point: PointRecord, use: MetricUse): void {
    const sender = this.#sender(point.resource, point.receivedAtMs);
    const sent = sender.series(point.metric.name, point.attributes);
    let series = sent.feeds;
    if (series === undefined || (series.kind === "counted" && !hasSameBuckets(point, series, use.scale))) {
      series = this.#openSeries(point, use);
      sent.feeds = series;
    }
    if (!series.isWanted) return;
    if (series.ring === undefined || series.ring.isReleased) series.ring = series.open();
    if (series.ring === undefined) {
      this.counters.overflowed++;
      return;
    }
    const timeMs = this.#eventTime(toMs(point.timeUnixNano), point.receivedAtMs);
    sent.interval.note(timeMs);
    series.ring.intervalMs = sent.interval.valueMs;
    if (series.kind === "gauge") {
      const value = point.value.kind === "number" ? point.value.value * use.scale : Number.NaN;
      if (!Number.isFinite(value)) this.counters.notFinite++;
      else if (!series.ring.add(timeMs, value)) this.counters.repeated++;
      return;
    }
    const now = toTotals(point, use.scale, series);
    if (now === undefined) {
      this.counters.notFinite++;
      return;
    }
    if (point.metric.temporality !== "delta") series.ring.isCumulative = true;
    const news = series.follow.follow(point, now, sender.firstReceivedAtMs < point.receivedAtMs);
    if (news === "baseline") {
      this.counters.baselines++;
      series.ring.add(timeMs, 0, 0, 0, undefined);
    } else if (typeof news === "string") this.counters[news]++;
    else this.#addIncrease(series.ring, timeMs, news, series);
  }

  #addIncrease(ring: EventRing, timeMs: number, news: Increase, series: EventSeries): void {
    const { buckets } = news;
    let mapped = buckets;
    if (buckets !== undefined && ring.layout !== series.layout) {
      const into = new Float64Array(ring.layout.bucketCount);
      addMapped(buckets, this.layouts.mapping(series.layout, ring.layout), into);
      mapped = into;
    }
    if (!ring.add(timeMs, news.count, series.isFailed ? news.count : 0, news.sum, mapped))
      this.counters.late++;
  }

  #openSeries(point: PointRecord, { input, nameIndex, scale }: MetricUse): GaugeSeries | EventSeries {
    if (input.kind === "gauge") {
      const isWanted = passesAll(point.attributes, input.where);
      const store = this.#gaugeStore(input.id, input);
      return {
        kind: "gauge",
        open: () => store.open(point.resource, nameIndex, point.attributes),
        ring: undefined,
        isWanted,
      };
    }
    return openEventSeries(point, { input, nameIndex, scale }, this.#eventStore(input.id), this.layouts);
  }

  #addSpan(span: SpanRecord, input: SpanInput): void {
    const sender = this.#sender(span.resource, span.receivedAtMs);
    const route = input.spanKinds.includes("server") ? toRoute(span.attributes) : undefined;
    let rings = sender.spanRings.get(input);
    if (rings === undefined) {
      rings = new Map();
      sender.spanRings.set(input, rings);
    }
    let ring = rings.get(route ?? "");
    if (ring === undefined || ring.isReleased) {
      ring = this.#eventStore(input.id).ring(span.resource, 0, route, this.layouts.fine);
      if (ring === undefined) {
        this.counters.overflowed++;
        return;
      }
      // Routes beyond the bound share a ring; they are not remembered one by one.
      if (rings.size <= this.#limits.maxRoutesPerService) rings.set(route ?? "", ring);
    }
    const weight = toSpanWeight(span);
    if (weight === undefined) ring.isUnweighted = true;
    const durationMs = Math.max(0, Number(span.endUnixNano - span.startUnixNano) / 1e6);
    const endMs = this.#eventTime(toMs(span.endUnixNano), span.receivedAtMs);
    const failed = isFailed(span, input);
    const count = ring.carryWeight(weight ?? 1);
    if (count === 0) return;
    // Spans come by the thousand, so they share one point a second, at its end: a window ends with the last whole second.
    const slotMs = Math.ceil(endMs / spanSlotMs) * spanSlotMs;
    const bucket = findBucket(ring.layout, durationMs);
    if (!ring.add(slotMs, count, failed ? count : 0, durationMs * count, bucket)) this.counters.late++;
  }

  /** A sender whose clock is ahead would stay out of every window until its time comes. */
  #eventTime(timeMs: number, receivedAtMs: number): number {
    if (timeMs <= receivedAtMs) return timeMs;
    if (timeMs > receivedAtMs + 1000) this.counters.clockAhead++;
    return receivedAtMs;
  }

  #sender(resource: ResourceRecord, nowMs: number): Sender {
    let sender = this.#senderOf.get(resource);
    if (sender === undefined) {
      const key = JSON.stringify(resource.attributes);
      sender = this.#senders.get(key) ?? new Sender(resource, nowMs);
      this.#senders.set(key, sender);
      this.#senderOf.set(resource, sender);
      this.seen.note(sender.key, sender.subject, nowMs);
    }
    sender.lastSeenMs = nowMs;
    return sender;
  }

  #eventStore(id: string): EventInputStore {
    const known = this.events.get(id);
    if (known !== undefined) return known;
    const store = new EventInputStore(this.horizon, this.budget, this.#limits, this.seen);
    this.events.set(id, store);
    return store;
  }

  #gaugeStore(id: string, input: ConstructorParameters<typeof GaugeInputStore>[0]): GaugeInputStore {
    const known = this.gauges.get(id);
    if (known !== undefined) return known;
    const store = new GaugeInputStore(input, this.horizon, this.#limits.maxRings);
    this.gauges.set(id, store);
    return store;
  }

  #noteSubjects(nowMs: number): void {
    for (const { services } of this.events.values()) {
      for (const named of [...services.values()].flatMap(({ names }) => names)) {
        for (const { key, subject } of named?.routes.values() ?? []) this.seen.note(key, subject, nowMs);
      }
    }
    this.seen.forget(nowMs);
  }

  #sweep(nowMs: number | undefined): void {
    if (nowMs === undefined || nowMs - this.#sweptAtMs < sweepEveryMs) return;
    this.#sweptAtMs = nowMs;
    const beforeMs = nowMs - this.horizon.retainMs;
    for (const store of this.events.values()) store.sweep(beforeMs);
    for (const store of this.gauges.values()) store.sweep(beforeMs);
    this.#noteSubjects(nowMs);
    for (const [key, sender] of this.#senders) {
      if (sender.lastSeenMs < beforeMs) this.#senders.delete(key);
    }
  }
}

/** Nanoseconds do not fit a number: rounded, a point of a whole millisecond could fall behind the end of its window. */
function toMs(unixNano: bigint): number {
  return Number(unixNano / 1000n) / 1000;
}

function isOneOf(span: SpanRecord, input: SpanInput): boolean {
  return (
    input.havingOneOf.length === 0 || input.havingOneOf.some((name) => span.attributes[name] !== undefined)
  );
}

function isFailed(span: SpanRecord, input: SpanInput): boolean {
  if (input.failedOnErrorStatus && span.statusCode === "error") return true;
  return input.failedWhen.some((filter) => passesFilter(span.attributes, filter));
}

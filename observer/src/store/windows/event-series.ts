import type { CounterInput, HistogramInput } from "../../signals/signal-definition.ts";
import type { PointRecord } from "../point-record.ts";
import { toRoute } from "../route.ts";
import { passesAll, passesAny } from "./attribute-filter.ts";
import type { MetricUse } from "./compile-catalogue.ts";
import { CountedSeries, type Increase } from "./cumulative-series.ts";
import type { EventInputStore } from "./event-input.ts";
import { type HistogramLayout, type LayoutRegistry, spreadExponential } from "./histogram-layout.ts";
import type { EventSeries } from "./sender.ts";

/** Layout of counts that have no buckets. */
const noBuckets: HistogramLayout = { bounds: new Float64Array(0), bucketCount: 0 };

/** A series of events or counts, as its first point shows it. */
export function openEventSeries(
  point: PointRecord,
  use: MetricUse & { readonly input: HistogramInput | CounterInput },
  store: EventInputStore,
  layouts: LayoutRegistry,
): EventSeries {
  const { attributes, resource, value } = point;
  const { input, nameIndex } = use;
  const layout = layoutOf(point, use.scale, layouts);
  const follow = new CountedSeries();
  if (input.kind === "counter") {
    const open = () => store.ring(resource, nameIndex, undefined, layout);
    return {
      kind: "counted",
      ring: undefined,
      open,
      isWanted: passesAll(attributes, input.where),
      isFailed: false,
      follow,
      layout,
      scratch: undefined,
    };
  }
  const route = toRoute(attributes);
  const isComplete = input.requires.every((name) => attributes[name] !== undefined);
  return {
    kind: "counted",
    ring: undefined,
    open: () => {
      if (isComplete) store.named(resource, nameIndex).isComplete = true;
      return store.ring(resource, nameIndex, route, layout);
    },
    isWanted: value.kind !== "number",
    isFailed: passesAny(attributes, input.failedWhen),
    ...{ follow, layout, scratch: undefined },
  };
}

function layoutOf({ value }: PointRecord, scale: number, layouts: LayoutRegistry): HistogramLayout {
  if (value.kind === "histogram" && value.bounds.length > 0) return layouts.ofBounds(value.bounds, scale);
  return value.kind === "exponential" ? layouts.fine : noBuckets;
}

/** Whether a point still has the buckets that its series began with; a new version of a service may have others. */
export function hasSameBuckets({ value }: PointRecord, series: EventSeries, scale: number): boolean {
  if (value.kind !== "histogram") return true;
  const { bounds } = series.layout;
  const sent = value.bounds;
  if (sent.length !== bounds.length) return false;
  for (let index = 0; index < bounds.length; index++) {
    if ((sent[index] as number) * scale !== bounds[index]) return false;
  }
  return true;
}

/**
 * The totals of a point in the unit of the signal, its buckets by the layout of its series.
 *
 * @returns undefined where its sum is no number
 */
export function toTotals({ value }: PointRecord, scale: number, series: EventSeries): Increase | undefined {
  const withoutBuckets = { buckets: undefined, areBucketsExact: true };
  if (value.kind === "none") return undefined;
  if (value.kind === "number") {
    const count = value.value * scale;
    return Number.isFinite(count) ? { ...withoutBuckets, count, sum: count } : undefined;
  }
  const { count } = value;
  const sum = (value.sum ?? 0) * scale;
  if (!Number.isFinite(sum)) return undefined;
  if (value.kind === "exponential") {
    series.scratch ??= new Float64Array(series.layout.bucketCount);
    const buckets = series.scratch.fill(0);
    spreadExponential(value, scale, series.layout, buckets);
    return { count, sum, buckets, areBucketsExact: false };
  }
  if (value.kind === "summary" || value.counts.length === 0) return { ...withoutBuckets, count, sum };
  return { count, sum, buckets: value.counts, areBucketsExact: true };
}

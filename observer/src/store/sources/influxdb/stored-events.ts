import type { CounterInput, EventInput, MetricName } from "../../../signals/signal-definition.ts";
import { type Subject, subjectKey } from "../../../signals/subject.ts";
import { toRoute } from "../../route.ts";
import { passesAll, passesAny } from "../../windows/attribute-filter.ts";
import { addMapped } from "../../windows/event-reader.ts";
import {
  type HistogramLayout,
  histogramQuantile,
  type LayoutRegistry,
} from "../../windows/histogram-layout.ts";
import {
  errorStatus,
  spanDurations,
  spanKindAttribute,
  spanStatusAttribute,
  toSpanDimension,
  toSpanKindValue,
} from "../span-metrics.ts";
import { attributeOn, instanceAttribute, routeAttributes, serviceAttributes } from "../subject-attributes.ts";
import { fields, lastBound } from "./fields.ts";
import type { StoredSeries } from "./read-series.ts";

/** What one series of events or of a counter grew by inside the window. */
export interface Growth {
  readonly series: StoredSeries;
  readonly instance: string;
  readonly route: string | undefined;
  readonly isFailed: boolean;
  readonly count: number;
  /** Of a histogram's durations or of the counter itself, in the unit of the signal. */
  readonly sum: number;
  /** How long that took, ms. */
  readonly rateMs: number;
  readonly newestAtMs: number;
  readonly scale: number;
  /** It began inside the window, or anew, so that all that it shows happened in it. */
  readonly isNew: boolean;
}

/** All that one service sent under the name that it is read by. */
export interface ServiceGrowth {
  readonly subject: Subject;
  readonly key: string;
  readonly growths: readonly Growth[];
}

export type SeriesByMeasurement = ReadonlyMap<string, readonly StoredSeries[]>;

/** A process that began to count so recently is counted from its beginning, though nothing was heard of it before. */
const freshStartMs = 90_000;

/** Each service by the first name of the input under which it has a point in the window, and what the input requires. */
export function growthsOf(input: EventInput | CounterInput, stored: SeriesByMeasurement): ServiceGrowth[] {
  const found = new Map<string, ServiceGrowth>();
  const metrics = input.kind === "spans" ? [spanDurations] : input.metrics;
  for (const metric of metrics) {
    const wanted = (stored.get(metric.name) ?? []).filter((series) => isWanted(series, input));
    for (const [key, series] of byService(wanted)) {
      const alive = series.filter(({ now }) => now.size > 0);
      const first = alive[0];
      if (found.has(key) || first === undefined || !isComplete(series, input)) continue;
      const isKnown = series.some(({ before }) => before.size > 0);
      const growths = alive.map((one) => toGrowth(one, metric, input, isKnown));
      found.set(key, { subject: toServiceSubject(first), key, growths });
    }
  }
  return [...found.values()];
}

export function toServiceSubject({ attributes }: StoredSeries): Subject {
  const [environment, namespace, service] = serviceAttributes.map((name) => attributes[name]);
  return {
    environment: environment ?? "default",
    namespace: namespace ?? "",
    service: service ?? "unknown_service",
  };
}

export function byService(series: readonly StoredSeries[]): Map<string, StoredSeries[]> {
  const services = new Map<string, StoredSeries[]>();
  for (const one of series) {
    const key = subjectKey(toServiceSubject(one));
    const others = services.get(key);
    if (others === undefined) services.set(key, [one]);
    else others.push(one);
  }
  return services;
}

function isWanted({ attributes }: StoredSeries, input: EventInput | CounterInput): boolean {
  if (input.kind === "counter") return passesAll(attributes, input.where);
  if (input.kind === "histogram") return true;
  const kinds = input.spanKinds.map(toSpanKindValue);
  if (!kinds.includes(attributes[spanKindAttribute] ?? "")) return false;
  const { havingOneOf } = input;
  return (
    havingOneOf.length === 0 || havingOneOf.some((name) => attributes[toSpanDimension(name)] !== undefined)
  );
}

function isComplete(series: readonly StoredSeries[], input: EventInput | CounterInput): boolean {
  if (input.kind !== "histogram") return true;
  return input.requires.every((name) =>
    series.some(({ measurement, attributes }) => attributes[attributeOn(measurement, name)] !== undefined),
  );
}

function toGrowth(
  series: StoredSeries,
  { scale }: MetricName,
  input: EventInput | CounterInput,
  isKnown: boolean,
): Growth {
  const { now, before, windowSeconds } = series;
  const main = input.kind === "counter" ? fields.counter : fields.count;
  const last = now.get(main);
  const first = before.get(main);
  const isNew = first === undefined || isReset(series, main);
  const isCounted = last !== undefined && (!isNew || first !== undefined || isKnown || isFresh(series, main));
  const difference = (field: string): number =>
    isCounted ? (now.get(field)?.value ?? 0) - (isNew ? 0 : (before.get(field)?.value ?? 0)) : 0;
  const attributes = withStableNames(series);
  const windowMs = windowSeconds * 1000;
  return {
    ...{ series, scale, isNew },
    instance: attributes[instanceAttribute] ?? "",
    route: toRoute(attributes),
    isFailed: input.kind !== "counter" && hasFailed(attributes, input),
    count: difference(main),
    sum: difference(input.kind === "counter" ? fields.counter : fields.sum) * scale,
    rateMs: last === undefined || first === undefined ? windowMs : last.timeMs - first.timeMs,
    newestAtMs: last?.timeMs ?? 0,
  };
}

function isReset({ now, before }: StoredSeries, main: string): boolean {
  const [last, first] = [now.get(main), before.get(main)];
  if (last === undefined || first === undefined) return false;
  if (last.value < first.value) return true;
  const [start, startBefore] = [now.get(fields.start)?.value, before.get(fields.start)?.value];
  return (
    start !== undefined && startBefore !== undefined && start > startBefore && start / 1e6 >= first.timeMs
  );
}

function isFresh({ now }: StoredSeries, main: string): boolean {
  const start = now.get(fields.start)?.value ?? 0;
  return start > 0 && (now.get(main)?.timeMs ?? 0) - start / 1e6 <= freshStartMs;
}

function hasFailed(attributes: Readonly<Record<string, string>>, input: EventInput): boolean {
  if (input.kind === "spans" && input.failedOnErrorStatus && attributes[spanStatusAttribute] === errorStatus)
    return true;
  return passesAny(attributes, input.failedWhen);
}

/** Tags under the names that the catalogue uses. */
function withStableNames({ measurement, attributes }: StoredSeries): Readonly<Record<string, string>> {
  const names = [...routeAttributes, "http.response.status_code"];
  const older = names.filter((name) => attributeOn(measurement, name) !== name);
  if (older.length === 0) return attributes;
  const added = older.flatMap((name) => {
    const value = attributes[attributeOn(measurement, name)];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...attributes, ...Object.fromEntries(added) };
}

/** The quantile of all of them together; undefined where nothing was counted in buckets. */
export function quantileOf(
  growths: readonly Growth[],
  quantile: number,
  layouts: LayoutRegistry,
): number | undefined {
  const histograms = growths.flatMap((growth) => toHistogram(growth, layouts) ?? []);
  const [first] = histograms;
  if (first === undefined) return undefined;
  const layout = histograms.every((one) => one.layout === first.layout) ? first.layout : layouts.fine;
  const counts = new Float64Array(layout.bucketCount);
  for (const one of histograms) {
    if (one.layout !== layout) addMapped(one.counts, layouts.mapping(one.layout, layout), counts);
    else
      for (let bucket = 0; bucket < layout.bucketCount; bucket++)
        counts[bucket] = (counts[bucket] ?? 0) + (one.counts[bucket] ?? 0);
  }
  return histogramQuantile({ layout, counts }, quantile);
}

function toHistogram(
  { series, scale, isNew, count }: Growth,
  layouts: LayoutRegistry,
): { layout: HistogramLayout; counts: Float64Array } | undefined {
  const bounds = [...series.buckets.keys()]
    .filter((bound) => bound !== lastBound)
    .map(Number)
    .sort((a, b) => a - b);
  if (bounds.length === 0 || count === 0) return undefined;
  const layout = layouts.ofBounds(bounds, scale);
  const counts = new Float64Array(layout.bucketCount);
  let below = 0;
  for (const [place, bound] of [...bounds.map(String), lastBound].entries()) {
    const bucket = series.buckets.get(bound);
    const upTo = bound === lastBound ? count : (bucket?.now ?? 0) - (isNew ? 0 : (bucket?.before ?? 0));
    counts[place] = Math.max(0, upTo - below);
    below = Math.max(below, upTo);
  }
  return { layout, counts };
}

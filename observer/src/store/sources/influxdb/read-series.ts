import type { FluxPart } from "./to-flux.ts";

/** One row of an answer: a value of one series. */
export interface FluxRow {
  readonly part: FluxPart;
  /** Which of the windows of the query it belongs to. */
  readonly group: number;
  readonly measurement: string;
  readonly field: string;
  /** Ms since the epoch; of `buckets` the end of the window, and undefined where it says how many there are. */
  readonly timeMs: number | undefined;
  readonly value: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Point {
  readonly value: number;
  readonly timeMs: number;
}

/** A series of one metric, with what was read of it. */
export interface StoredSeries {
  readonly measurement: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The window it was read over. */
  readonly windowSeconds: number;
  /** By field. */
  readonly now: ReadonlyMap<string, Point>;
  readonly before: ReadonlyMap<string, Point>;
  /** What was counted up to each bound, at the end of the window and at its start. */
  readonly buckets: ReadonlyMap<string, { now?: number; before?: number }>;
  readonly mean: number | undefined;
  readonly max: number | undefined;
  /** In the window, of the field that has most. */
  readonly points: number;
}

interface OpenSeries extends StoredSeries {
  readonly now: Map<string, Point>;
  readonly before: Map<string, Point>;
  readonly buckets: Map<string, { now?: number; before?: number }>;
  mean: number | undefined;
  max: number | undefined;
  points: number;
}

/**
 * Puts the rows of an answer together to series, by measurement.
 *
 * @param windows seconds of each group
 */
export function readSeries(
  rows: Iterable<FluxRow>,
  windows: readonly number[],
  atMs: number,
): ReadonlyMap<string, readonly StoredSeries[]> {
  const byMeasurement = new Map<string, OpenSeries[]>();
  const byKey = new Map<string, OpenSeries>();
  for (const row of rows) {
    const windowSeconds = windows[row.group];
    if (windowSeconds === undefined) continue;
    const series = open(row, windowSeconds, byKey, byMeasurement);
    const { part, field, value, timeMs } = row;
    if (part === "now" || part === "before") series[part].set(field, { value, timeMs: timeMs ?? 0 });
    else if (part === "mean" || part === "max") series[part] = value;
    else if (part === "points") series.points = Math.max(series.points, value);
    else {
      const bucket = series.buckets.get(field) ?? {};
      bucket[(timeMs ?? 0) > atMs - windowSeconds * 1000 ? "now" : "before"] = value;
      series.buckets.set(field, bucket);
    }
  }
  return byMeasurement;
}

function open(
  { group, measurement, tags }: FluxRow,
  windowSeconds: number,
  byKey: Map<string, OpenSeries>,
  byMeasurement: Map<string, OpenSeries[]>,
): OpenSeries {
  const key = `${group} ${measurement} ${JSON.stringify(tags)}`;
  const known = byKey.get(key);
  if (known !== undefined) return known;
  const series: OpenSeries = {
    ...{ measurement, attributes: tags, windowSeconds },
    ...{ now: new Map(), before: new Map(), buckets: new Map() },
    ...{ mean: undefined, max: undefined, points: 0 },
  };
  byKey.set(key, series);
  const others = byMeasurement.get(measurement);
  if (others === undefined) byMeasurement.set(measurement, [series]);
  else others.push(series);
  return series;
}

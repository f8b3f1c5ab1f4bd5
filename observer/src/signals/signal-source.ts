import type { SignalName } from "./catalogue.ts";
import type { Subject } from "./subject.ts";

/** One value of a signal for one subject over one window. */
export interface Sample {
  readonly subject: Subject;
  /** In the unit of the signal's definition. */
  readonly value: number;
  /** What the value rests on: requests for latencies and ratios, points for gauges. Compared with `minRequests`. */
  readonly count: number;
  /** The window really used: max(asked, 2.5 x the observed export interval of the series). */
  readonly effectiveWindowSeconds: number;
  /** Event time of the newest point in the window, in ms since the epoch. */
  readonly newestAtMs: number;
  /** Where it is from, when another source stood in for the one that was asked. */
  readonly source?: SourceName;
}

export type SourceName = "stream" | "prometheus" | "influxdb";

/** All samples of one signal and window, by `subjectKey`. A subject without data in the window has no entry. */
export type Samples = ReadonlyMap<string, Sample>;

/**
 * Where rules get their numbers: one catalogued signal over a window `(atMs - windowSeconds, atMs]`, for ALL subjects at once,
 * so that the cost of a tick grows with series and not with rules.
 *
 * @throws SignalSourceError when the source is away or answers wrongly; the caller turns that into `error` verdicts, never into `ok`
 */
export interface SignalSource {
  readonly name: SourceName;
  read(signal: SignalName, windowSeconds: number, atMs: number): Promise<Samples> | Samples;
}

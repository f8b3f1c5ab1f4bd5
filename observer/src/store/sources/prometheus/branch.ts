import type { CataloguedSignal } from "../../../signals/catalogue.ts";
import { instanceAttribute, serviceAttributes } from "../subject-attributes.ts";
import { toPrometheusLabel } from "./metric-name.ts";
import type { Matcher, PromqlWindow } from "./promql.ts";

export const serviceLabels: readonly string[] = serviceAttributes.map(toPrometheusLabel);
export const instanceLabel: string = toPrometheusLabel(instanceAttribute);

/**
 * What is asked of Prometheus for a sample: how many events or points, and, as the signal needs it, the value itself in the unit of the
 * signal, the failed events, or the seconds in which the events happened. `newest` is by instance: the time of its newest point in
 * seconds, from which its export interval is learned.
 */
export type Part = "count" | "newest" | "value" | "failed" | "seconds";

/** How a sample's value is made of the parts: `quantile` is 0 where nothing was counted, `ratio` failed by count, `rate` count by seconds. */
export type ValueKind = "plain" | "quantile" | "ratio" | "rate";

/**
 * One way in which a service may send a signal: by this name of a metric, with these buckets. Vectors have one element for each
 * subject.
 */
export interface PromqlBranch {
  readonly kind: ValueKind;
  /** Of a rate. */
  readonly perSeconds: number;
  /** What is asked, each part a vector. */
  readonly parts: Readonly<Partial<Record<Part, string>>>;
  /** The value in the unit of the signal, whole, for those who have nothing but PromQL. NaN where nothing was counted. */
  readonly value: string;
  /** What it rests on: compared with `minRequests`. */
  readonly count: string;
  /** The services that can be read this way now. */
  readonly present: string;
}

/** What every branch of one compilation shares. */
export interface BranchContext {
  readonly signal: CataloguedSignal;
  readonly window: PromqlWindow;
  /** On every selector, to keep services with different windows apart. */
  readonly services: readonly Matcher[];
}

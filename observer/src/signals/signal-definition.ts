/** Units a signal can have, as shown to people. 1 MB is 1,000,000 bytes; `ratio` is 0..1. */
export type Unit = "ms" | "ratio" | "MB" | "count" | "1/s" | "1/min";

/** A metric a sender may use, with the factor from its unit to the unit of the signal that reads it. */
export interface MetricName {
  readonly name: string;
  /** UCUM, as in the semantic conventions: `s`, `ms`, `By`, `1`, `{connection}`. */
  readonly unit: string;
  /** Values are multiplied by it on arrival: 1000 for seconds into ms. */
  readonly scale: number;
}

/**
 * A test of one attribute; all tests that are given must hold. Attributes are the stable names: ingest has mapped older ones.
 * A value missing from the point fails every test but `unless`.
 */
export interface AttributeFilter {
  readonly attribute: string;
  /** The value as a number is at least this. */
  readonly atLeast?: number;
  /** The value is one of these; numbers and their decimal text are equal. */
  readonly oneOf?: readonly string[];
  /** The filter does not apply where this other attribute is present. */
  readonly unless?: string;
}

/**
 * What the inputs of one id feed: one ring per (environment, namespace, service, instance, route where the input has one).
 * Several signals read one input, so the catalogue shares the objects: equal ids are the same object.
 */
interface InputIdentity {
  readonly id: string;
  /**
   * Names in order of preference. A service is read by the first of them that it has sent inside the window;
   * two names of one input are never added up.
   */
  readonly metrics: readonly MetricName[];
}

/** Events measured by a histogram: explicit or exponential buckets, delta or cumulative. Values in ms. */
export interface HistogramInput extends InputIdentity {
  readonly kind: "histogram";
  /**
   * Attributes that some point of the service must have carried before this input answers for the service; until then the
   * next reading of the signal answers. Older HTTP metrics without a route are passed over in favour of spans this way.
   */
  readonly requires: readonly string[];
  /** Events count as failed when any of these filters holds. */
  readonly failedWhen: readonly AttributeFilter[];
}

/** Events measured by finished spans, for services that send no metric of them. Values are durations in ms. */
export interface SpanInput {
  readonly kind: "spans";
  readonly id: string;
  readonly spanKinds: readonly ("server" | "client" | "producer" | "consumer")[];
  /** Attributes of which at least one must be present; empty asks for none. */
  readonly havingOneOf: readonly string[];
  /** Events count as failed when any of these filters holds, or when `failedOnErrorStatus` and the span's status is error. */
  readonly failedWhen: readonly AttributeFilter[];
  readonly failedOnErrorStatus: boolean;
}

export type EventInput = HistogramInput | SpanInput;

/** A monotonic sum, delta or cumulative; resets are recognised and never read as negative. All matching points of a series owner add up. */
export interface CounterInput extends InputIdentity {
  readonly kind: "counter";
  /** Points must pass all of these; empty lets every point in. */
  readonly where: readonly AttributeFilter[];
}

/** A gauge or a non-monotonic sum (up-down counter). */
export interface GaugeInput extends InputIdentity {
  readonly kind: "gauge";
  readonly where: readonly AttributeFilter[];
  /** Attributes kept apart: a quotient divides only values whose kept attributes are equal, and the signal then takes the largest. */
  readonly keepApart: readonly string[];
  /** How points that differ in other attributes become one value: memory of several spaces adds up. */
  readonly acrossAttributes: "sum" | "max";
}

/** A value per instance over the window `(at - window, at]`. */
export type ScalarReading =
  /** Increase over the window, per `perSeconds` seconds of it. */
  | { readonly kind: "counterRate"; readonly of: CounterInput; readonly perSeconds: number }
  /** `latest` is the newest point inside the window, the others are over all points inside it. */
  | { readonly kind: "gauge"; readonly of: GaugeInput; readonly over: "latest" | "mean" | "max" };

/** How a signal's value is made from what was sent. Each is over the window `(at - window, at]`. */
export type Reading =
  /** `quantile` 0..1 of the pooled histogram, interpolated inside a bucket as Prometheus does; exact where values are kept. */
  | { readonly kind: "quantile"; readonly of: EventInput; readonly quantile: number }
  /** Failed events divided by all events. */
  | { readonly kind: "failureRatio"; readonly of: EventInput }
  /** Events per `perSeconds` seconds of the window. */
  | { readonly kind: "eventRate"; readonly of: EventInput; readonly perSeconds: number }
  /** Sum of the events' durations divided by the length of the window: the share of time spent in them, 0..1 and above. */
  | { readonly kind: "timeShare"; readonly of: EventInput }
  | ScalarReading
  /** One scalar divided by another of the same instance; no value where the divisor is missing or zero. */
  | { readonly kind: "quotient"; readonly dividend: ScalarReading; readonly divisor: ScalarReading };

/** One signal of the catalogue: everything an adapter needs to compute it, and everything a reader needs to trust it. */
export interface SignalDefinition {
  readonly name: string;
  /** One sentence for people: what it is and over what. */
  readonly description: string;
  readonly unit: Unit;
  /**
   * Dimensions kept besides environment, namespace and service. With `route`, events without `http.route` are left out;
   * without it, events of every route and of none are pooled.
   */
  readonly dimensions: readonly "route"[];
  /** What `Sample.count` counts: events in the window (compared with `minRequests`), or data points in the window. */
  readonly countOf: "requests" | "points";
  /**
   * How instances of one service become one value: `pool` adds their events up before the value is made (histograms merge, counts
   * add), `sum` adds their values, `max` takes the worst, `mean` their average weighted by points.
   */
  readonly instances: "pool" | "sum" | "max" | "mean";
  /** In order of preference, chosen once per service and window: the first with data answers, and never two together. */
  readonly readings: readonly [Reading, ...Reading[]];
}

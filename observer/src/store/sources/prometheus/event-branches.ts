import type { Reading } from "../../../signals/signal-definition.ts";
import { attributeOn, routeAttributes } from "../subject-attributes.ts";
import { type BranchContext, instanceLabel, type PromqlBranch, serviceLabels } from "./branch.ts";
import { type EventForm, eventForms } from "./event-forms.ts";
import { toPrometheusLabel, toPrometheusName } from "./metric-name.ts";
import {
  atStart,
  by,
  either,
  elapsed,
  increase,
  lastIn,
  type Matcher,
  type Selector,
  select,
} from "./promql.ts";

export type EventReading = Extract<Reading, { kind: "quantile" | "failureRatio" | "eventRate" }>;

/** A branch for each form in which the events of a reading may be stored. */
export function eventBranches(reading: EventReading, context: BranchContext): PromqlBranch[] {
  const isPerRoute = context.signal.dimensions.includes("route");
  return eventForms(reading.of, isPerRoute).map((form) => toBranch(reading, new EventPool(form, context)));
}

function toBranch(reading: EventReading, pool: EventPool): PromqlBranch {
  const { present } = pool;
  const count = pool.finish(pool.count());
  const common = { count, newest: pool.newest() };
  if (reading.kind === "quantile") {
    const value = pool.finish(
      scaled(`histogram_quantile(${reading.quantile}, ${pool.buckets()})`, pool.form.metric.scale),
    );
    return { kind: "quantile", perSeconds: 1, present, value, count, parts: { ...common, value } };
  }
  if (reading.kind === "failureRatio") {
    const failed = pool.finish(pool.failed());
    const value = pool.finish(`(${pool.failed()} or ${pool.count()} * 0) / ${pool.count()}`);
    return { kind: "ratio", perSeconds: 1, present, value, count, parts: { ...common, failed } };
  }
  const seconds = pool.finish(pool.seconds());
  const value = pool.finish(scaled(`${pool.count()} / ${pool.seconds()}`, reading.perSeconds));
  return {
    kind: "rate",
    perSeconds: reading.perSeconds,
    present,
    value,
    count,
    parts: { ...common, seconds },
  };
}

/** The events of one form, pooled by subject. */
class EventPool {
  readonly form: EventForm;
  readonly #context: BranchContext;
  readonly #name: string;
  readonly #routeLabels: readonly string[];
  /** By which subjects are told apart. */
  readonly #labels: readonly string[];

  constructor(form: EventForm, context: BranchContext) {
    this.form = form;
    this.#context = context;
    this.#name = toPrometheusName(form.metric, "histogram");
    this.#routeLabels = context.signal.dimensions.includes("route")
      ? routeAttributes.map((attribute) => toPrometheusLabel(attributeOn(form.metric.name, attribute)))
      : [];
    this.#labels = [...serviceLabels, ...this.#routeLabels];
  }

  /** Services that send this form, with what it requires. */
  get present(): string {
    const required = this.form.requires.map((label): Matcher => [label, "!=", ""]);
    const vectors = this.#selectors("_count", required).map((one) => lastIn(one, this.#context.window));
    return by("group", serviceLabels, either(vectors));
  }

  count(): string {
    return by("sum", this.#labels, this.#increases());
  }

  failed(): string {
    const vectors = this.form.failedOneOf.map((matchers) => this.#increases(matchers));
    return by("sum", this.#labels, either(vectors));
  }

  /**
   * What all buckets together grew by. Taken from sums, at half the price of series by series: an instance that fell, or that ended,
   * is left out of what was there before. A subject that is new has no quantile until it is a window old.
   */
  buckets(): string {
    const { window } = this.#context;
    const labels = this.form.isNative ? this.#labels : [...this.#labels, "le"];
    const selectors = this.#selectors("_bucket");
    const now = either(selectors.map((one) => lastIn(one, window)));
    const before = either(selectors.map((one) => atStart(one, window)));
    const instance = [...serviceLabels, instanceLabel];
    const steady = `${before} and on (${instance.join(", ")}) ${this.#steady(instance)}`;
    return `(${by("sum", labels, now)} - ${by("sum", labels, steady)})`;
  }

  seconds(): string {
    const { window } = this.#context;
    return by("max", this.#labels, either(this.#selectors("_count").map((one) => elapsed(one, window))));
  }

  newest(): string {
    const times = this.#selectors("_count").map((one) => `timestamp(${select(one)})`);
    return by("max", [...serviceLabels, instanceLabel], either(times));
  }

  /** Only of services with what the form requires, under the labels that all forms share. */
  finish(vector: string): string {
    // Per route that is so by itself.
    const isMet = this.form.requires.every((label) => this.#routeLabels.includes(label));
    const required = isMet ? vector : `((${vector}) and on (${serviceLabels.join(", ")}) ${this.present})`;
    return this.#routeLabels.reduce((inner, label, place) => {
      const stable = toPrometheusLabel(routeAttributes[place] ?? "");
      return label === stable ? inner : `label_replace(${inner}, "${stable}", "$1", "${label}", "(.*)")`;
    }, required);
  }

  /** Instances that sent something inside the window and did not begin anew. */
  #steady(instance: readonly string[]): string {
    const { window } = this.#context;
    const counts = this.#selectors("_count");
    const alive = by("group", instance, either(counts.map((one) => lastIn(one, window))));
    const read = (vector: string) => (this.form.isNative ? `histogram_count(${vector})` : vector);
    const fallen = counts.map((one) => `${read(lastIn(one, window))} < ${read(atStart(one, window))}`);
    return `(${alive} unless ${by("group", instance, either(fallen))})`;
  }

  #increases(more: readonly Matcher[] = []): string {
    const heardOf = this.#selectors("_count");
    const of = this.form.isNative ? { of: (vector: string) => `histogram_count(${vector})` } : {};
    const vectors = this.#selectors("_count", more).map((one, place) =>
      increase(one, this.#context.window, { heard: heardOf[place] ?? one, service: serviceLabels, ...of }),
    );
    return either(vectors);
  }

  /** Native histograms are one series, whatever is read of them. */
  #selectors(suffix: "_count" | "_bucket", more: readonly Matcher[] = []): Selector[] {
    const name = this.form.isNative ? this.#name : `${this.#name}${suffix}`;
    const routed = this.#routeLabels
      .filter((label) => !more.some(([other]) => other === label))
      .map((label): Matcher => [label, "!=", ""]);
    return this.form.oneOf.map((matchers) => ({
      name,
      matchers: [...this.#context.services, ...routed, ...matchers, ...more],
    }));
  }
}

function scaled(vector: string, factor: number): string {
  return factor === 1 ? vector : `${vector} * ${factor}`;
}

import type { CataloguedSignal } from "../../signals/catalogue.ts";
import type { CounterInput, EventInput, GaugeInput, Reading } from "../../signals/signal-definition.ts";
import type { Sample } from "../../signals/signal-source.ts";
import type { Subject } from "../../signals/subject.ts";
import { combineInstances, type InstanceValue } from "./combine-instances.ts";
import type { OwnedRing, RingGroup } from "./event-input.ts";
import { EventReader, type Window } from "./event-reader.ts";
import type { GaugeReading, GaugeRing } from "./gauge-ring.ts";
import type { WindowStore } from "./window-store.ts";

type EventReading = Extract<Reading, { kind: "quantile" | "failureRatio" | "eventRate" }>;
type InstanceReading = Exclude<Reading, EventReading>;

/** Values of each service's instances, by the service's key. */
type InstancesByService = Map<
  string,
  { readonly subject: Subject; readonly values: readonly InstanceValue[] }
>;

/** Reads a signal from the windows, for all subjects. Readings are tried in order; a service that one answers is not asked again. */
export function readSignal(
  store: WindowStore,
  signal: CataloguedSignal,
  window: Window,
): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  const answered = new Set<string>();
  const reader = new SignalReader(store, signal, window);
  for (const reading of signal.readings) reader.read(reading, samples, answered);
  return samples;
}

class SignalReader {
  readonly #store: WindowStore;
  readonly #signal: CataloguedSignal;
  readonly #window: Window;
  readonly #events: EventReader;
  readonly #gauge: GaugeReading = { latest: 0, mean: 0, max: 0, points: 0, newestAtMs: 0 };

  constructor(store: WindowStore, signal: CataloguedSignal, window: Window) {
    this.#store = store;
    this.#signal = signal;
    this.#window = window;
    this.#events = new EventReader(window, store.layouts);
  }

  read(reading: Reading, samples: Map<string, Sample>, answered: Set<string>): void {
    if (isEventReading(reading)) this.#readEvents(reading, samples, answered);
    else this.#readInstances(reading, samples, answered);
  }

  #readEvents(reading: EventReading, samples: Map<string, Sample>, answered: Set<string>): void {
    const isPerRoute = this.#signal.dimensions.includes("route");
    for (const service of this.#store.events.get(reading.of.id)?.services.values() ?? []) {
      if (answered.has(service.key)) continue;
      const named = this.#events.chooseName(service, reading.of);
      if (named === undefined) continue;
      answered.add(service.key);
      const groups = isPerRoute ? named.routes.values() : [named.service];
      for (const group of groups) {
        const sample = this.#sampleEvents(reading, group);
        if (sample !== undefined) samples.set(group.key, sample);
      }
    }
  }

  #sampleEvents(reading: EventReading, group: RingGroup): Sample | undefined {
    const merged = this.#events.merge(group.rings);
    if (merged === undefined) return undefined;
    const value = this.#eventValue(reading, group, merged);
    if (value === undefined) return undefined;
    // Sampled without a weight, spans still say how long requests take, but not how many there were: no count is enough for a rule.
    const isCountKnown = !merged.isUnweighted || reading.kind === "quantile";
    return {
      subject: group.subject,
      value,
      count: isCountKnown ? merged.count : 0,
      effectiveWindowSeconds: merged.effectiveMs / 1000,
      newestAtMs: merged.newestAtMs,
    };
  }

  /** 0 where the sender is there and nothing happened; undefined where something was counted, but without the buckets asked for. */
  #eventValue(
    reading: EventReading,
    group: RingGroup,
    merged: { count: number; failed: number; rateMs: number },
  ): number | undefined {
    if (merged.count === 0) return 0;
    if (reading.kind === "eventRate") return (merged.count / merged.rateMs) * 1000 * reading.perSeconds;
    if (reading.kind === "failureRatio") return merged.failed / merged.count;
    return this.#events.quantile(group.rings, reading.quantile);
  }

  #readInstances(reading: InstanceReading, samples: Map<string, Sample>, answered: Set<string>): void {
    for (const [key, { subject, values }] of this.#instances(reading)) {
      if (answered.has(key)) continue;
      const sample = combineInstances(this.#signal.instances, subject, values);
      if (sample === undefined) continue;
      answered.add(key);
      samples.set(key, sample);
    }
  }

  #instances(reading: InstanceReading): InstancesByService {
    if (reading.kind === "gauge") return this.#gauges(reading.of, reading.over);
    if (reading.kind === "timeShare") return this.#rates(reading.of, 0.001);
    if (reading.kind === "counterRate") return this.#rates(reading.of, reading.perSeconds);
    return divide(this.#instances(reading.dividend), this.#instances(reading.divisor));
  }

  /** Increase of the sum per instance: of a counter itself, of durations in ms for events. */
  #rates(input: CounterInput | EventInput, perSeconds: number): InstancesByService {
    const found: InstancesByService = new Map();
    for (const service of this.#store.events.get(input.id)?.services.values() ?? []) {
      const named = this.#events.chooseName(service, input);
      if (named === undefined) continue;
      const values = [...byInstance(named.service.rings)].flatMap(([instance, rings]) => {
        const merged = this.#events.merge(rings);
        if (merged === undefined) return [];
        const { sum, rateMs, points, newestAtMs, effectiveMs } = merged;
        return [
          { instance, kept: "", value: (sum / rateMs) * 1000 * perSeconds, points, newestAtMs, effectiveMs },
        ];
      });
      if (values.length > 0) found.set(service.key, { subject: named.service.subject, values });
    }
    return found;
  }

  #gauges(input: GaugeInput, over: "latest" | "mean" | "max"): InstancesByService {
    const found: InstancesByService = new Map();
    for (const { key, subject, names } of this.#store.gauges.get(input.id)?.services.values() ?? []) {
      for (const groups of names) {
        const values = [...(groups?.values() ?? [])].flatMap(({ instance, kept, rings }) => {
          const value = this.#gaugeValue(rings, input.acrossAttributes, over);
          return value === undefined ? [] : [{ instance, kept, ...value }];
        });
        if (values.length === 0) continue;
        found.set(key, { subject, values });
        break;
      }
    }
    return found;
  }

  #gaugeValue(
    rings: readonly GaugeRing[],
    across: GaugeInput["acrossAttributes"],
    over: "latest" | "mean" | "max",
  ): Omit<InstanceValue, "instance" | "kept"> | undefined {
    const { atMs, windowMs } = this.#window;
    const gauge = this.#gauge;
    let value: number | undefined;
    let points = 0;
    let newestAtMs = 0;
    let effectiveMs = windowMs;
    for (const ring of rings) {
      const ownMs = this.#events.effectiveMs(ring.intervalMs);
      ring.read(atMs - ownMs, atMs, gauge);
      if (gauge.points === 0) continue;
      value =
        value === undefined
          ? gauge[over]
          : across === "sum"
            ? value + gauge[over]
            : Math.max(value, gauge[over]);
      points = Math.max(points, gauge.points);
      newestAtMs = Math.max(newestAtMs, gauge.newestAtMs);
      effectiveMs = Math.max(effectiveMs, ownMs);
    }
    return value === undefined ? undefined : { value, points, newestAtMs, effectiveMs };
  }
}

function isEventReading(reading: Reading): reading is EventReading {
  return reading.kind === "quantile" || reading.kind === "failureRatio" || reading.kind === "eventRate";
}

/** Each value by the one of the same instance and the same kept attributes; left out where that is missing or zero. */
function divide(dividends: InstancesByService, divisors: InstancesByService): InstancesByService {
  const quotients: InstancesByService = new Map();
  for (const [key, { subject, values }] of dividends) {
    const others = divisors.get(key)?.values ?? [];
    const divided = values.flatMap((value) => {
      const divisor = others.find((other) => other.instance === value.instance && other.kept === value.kept);
      if (divisor === undefined || divisor.value === 0) return [];
      const effectiveMs = Math.max(value.effectiveMs, divisor.effectiveMs);
      return [{ ...value, value: value.value / divisor.value, effectiveMs }];
    });
    if (divided.length > 0) quotients.set(key, { subject, values: divided });
  }
  return quotients;
}

function byInstance(rings: readonly OwnedRing[]): Map<string, OwnedRing[]> {
  const instances = new Map<string, OwnedRing[]>();
  for (const owned of rings) {
    const others = instances.get(owned.instance);
    if (others === undefined) instances.set(owned.instance, [owned]);
    else others.push(owned);
  }
  return instances;
}

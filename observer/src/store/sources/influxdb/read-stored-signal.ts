import type { CataloguedSignal } from "../../../signals/catalogue.ts";
import type { CounterInput, EventInput, GaugeInput, Reading } from "../../../signals/signal-definition.ts";
import type { Sample } from "../../../signals/signal-source.ts";
import { type Subject, subjectKey } from "../../../signals/subject.ts";
import { passesAll } from "../../windows/attribute-filter.ts";
import { combineInstances, type InstanceValue } from "../../windows/combine-instances.ts";
import type { LayoutRegistry } from "../../windows/histogram-layout.ts";
import type { Heard } from "../slow-services.ts";
import { instanceAttribute } from "../subject-attributes.ts";
import { fields } from "./fields.ts";
import {
  byService,
  type Growth,
  growthsOf,
  quantileOf,
  type SeriesByMeasurement,
  toServiceSubject,
} from "./stored-events.ts";

type EventReading = Extract<Reading, { kind: "quantile" | "failureRatio" | "eventRate" }>;
type InstanceReading = Exclude<Reading, EventReading>;

/** Values of each service's instances, by the service's key. */
type InstancesByService = Map<
  string,
  { readonly subject: Subject; readonly values: readonly InstanceValue[] }
>;

/** A signal for all subjects from what was read of the store. Readings are tried in order; a service that one answers is not asked again. */
export function readStoredSignal(
  signal: CataloguedSignal,
  stored: SeriesByMeasurement,
  layouts: LayoutRegistry,
): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  const answered = new Set<string>();
  for (const reading of signal.readings) {
    const found =
      reading.kind === "quantile" || reading.kind === "failureRatio" || reading.kind === "eventRate"
        ? readEvents(reading, signal, stored, layouts)
        : readInstances(reading, signal, stored);
    for (const [key, subjects] of found) {
      if (answered.has(key)) continue;
      answered.add(key);
      for (const sample of subjects) samples.set(subjectKey(sample.subject), sample);
    }
  }
  return samples;
}

/** The newest point of every instance that sent any of the metrics. */
export function listHeard(stored: SeriesByMeasurement): Heard[] {
  const newest = new Map<string, { service: string; instance: string; newestAtMs: number }>();
  for (const [measurement, all] of stored) {
    for (const series of all) {
      const service = toServiceSubject(series);
      const instance = `${measurement} ${subjectKey(service)} ${series.attributes[instanceAttribute] ?? ""}`;
      for (const { timeMs } of series.now.values()) {
        const known = newest.get(instance);
        if (known === undefined)
          newest.set(instance, { service: service.service, instance, newestAtMs: timeMs });
        else known.newestAtMs = Math.max(known.newestAtMs, timeMs);
      }
    }
  }
  return [...newest.values()];
}

function readEvents(
  reading: EventReading,
  signal: CataloguedSignal,
  stored: SeriesByMeasurement,
  layouts: LayoutRegistry,
): Map<string, Sample[]> {
  const isPerRoute = signal.dimensions.includes("route");
  const found = new Map<string, Sample[]>();
  for (const { key, subject, growths } of growthsOf(reading.of, stored)) {
    const groups = new Map<string | undefined, Growth[]>();
    for (const growth of growths) {
      if (isPerRoute && growth.route === undefined) continue;
      const route = isPerRoute ? growth.route : undefined;
      addTo(groups, route, growth);
    }
    found.set(
      key,
      [...groups].flatMap(([route, group]) => {
        const about = route === undefined ? subject : { ...subject, route };
        return toEventSample(reading, about, group, layouts) ?? [];
      }),
    );
  }
  return found;
}

function toEventSample(
  reading: EventReading,
  subject: Subject,
  growths: readonly Growth[],
  layouts: LayoutRegistry,
): Sample | undefined {
  const total = (of: (growth: Growth) => number) => growths.reduce((sum, growth) => sum + of(growth), 0);
  const most = (of: (growth: Growth) => number) => Math.max(...growths.map(of));
  const count = total((growth) => growth.count);
  const toValue = (): number | undefined => {
    if (count === 0) return 0;
    if (reading.kind === "eventRate")
      return (count / most(({ rateMs }) => rateMs)) * 1000 * reading.perSeconds;
    if (reading.kind === "failureRatio")
      return total((growth) => (growth.isFailed ? growth.count : 0)) / count;
    return quantileOf(growths, reading.quantile, layouts);
  };
  const value = toValue();
  if (value === undefined) return undefined;
  const effectiveWindowSeconds = most(({ series }) => series.windowSeconds);
  return { subject, value, count, effectiveWindowSeconds, newestAtMs: most(({ newestAtMs }) => newestAtMs) };
}

function readInstances(
  reading: InstanceReading,
  signal: CataloguedSignal,
  stored: SeriesByMeasurement,
): Map<string, Sample[]> {
  const found = new Map<string, Sample[]>();
  for (const [key, { subject, values }] of instancesOf(reading, stored)) {
    const sample = combineInstances(signal.instances, subject, values);
    if (sample !== undefined) found.set(key, [sample]);
  }
  return found;
}

function instancesOf(reading: InstanceReading, stored: SeriesByMeasurement): InstancesByService {
  if (reading.kind === "gauge") return gauges(reading.of, reading.over, stored);
  if (reading.kind === "timeShare") return rates(reading.of, 0.001, stored);
  if (reading.kind === "counterRate") return rates(reading.of, reading.perSeconds, stored);
  const divisors = instancesOf(reading.divisor, stored);
  const quotients: InstancesByService = new Map();
  for (const [key, { subject, values }] of instancesOf(reading.dividend, stored)) {
    const others = divisors.get(key)?.values ?? [];
    const divided = values.flatMap((value) => {
      const divisor = others.find(({ instance, kept }) => instance === value.instance && kept === value.kept);
      return divisor === undefined || divisor.value === 0
        ? []
        : [{ ...value, value: value.value / divisor.value }];
    });
    if (divided.length > 0) quotients.set(key, { subject, values: divided });
  }
  return quotients;
}

function rates(
  input: CounterInput | EventInput,
  perSeconds: number,
  stored: SeriesByMeasurement,
): InstancesByService {
  const found: InstancesByService = new Map();
  for (const { key, subject, growths } of growthsOf(input, stored)) {
    const instances = new Map<string, Growth[]>();
    for (const growth of growths) addTo(instances, growth.instance, growth);
    const values = [...instances].map(([instance, group]): InstanceValue => {
      const sum = group.reduce((all, growth) => all + growth.sum, 0);
      const rateMs = Math.max(...group.map((growth) => growth.rateMs));
      return {
        ...{ instance, kept: "", value: (sum / rateMs) * 1000 * perSeconds },
        points: Math.max(...group.map(({ series }) => series.points)),
        newestAtMs: Math.max(...group.map(({ newestAtMs }) => newestAtMs)),
        effectiveMs: Math.max(...group.map(({ series }) => series.windowSeconds)) * 1000,
      };
    });
    found.set(key, { subject, values });
  }
  return found;
}

/** By the first name of the input under which a service has a point in the window. */
function gauges(
  input: GaugeInput,
  over: "latest" | "mean" | "max",
  stored: SeriesByMeasurement,
): InstancesByService {
  const found: InstancesByService = new Map();
  for (const { name, scale } of input.metrics) {
    const wanted = (stored.get(name) ?? []).filter(
      ({ attributes, now }) => now.has(fields.gauge) && passesAll(attributes, input.where),
    );
    for (const [key, all] of byService(wanted)) {
      const [first] = all;
      if (found.has(key) || first === undefined) continue;
      const values = new Map<string, InstanceValue>();
      for (const series of all) {
        const instance = series.attributes[instanceAttribute] ?? "";
        const kept = input.keepApart.map((attribute) => series.attributes[attribute] ?? "").join("\u001f");
        const latest = series.now.get(fields.gauge);
        const value = (over === "latest" ? latest?.value : series[over]) ?? Number.NaN;
        if (!Number.isFinite(value)) continue;
        const known = values.get(`${instance}\u001f${kept}`);
        const one = value * scale;
        const sum =
          known === undefined
            ? one
            : input.acrossAttributes === "sum"
              ? known.value + one
              : Math.max(known.value, one);
        values.set(`${instance}\u001f${kept}`, {
          ...{ instance, kept, value: sum },
          points: Math.max(series.points, known?.points ?? 0),
          newestAtMs: Math.max(latest?.timeMs ?? 0, known?.newestAtMs ?? 0),
          effectiveMs: series.windowSeconds * 1000,
        });
      }
      if (values.size > 0) found.set(key, { subject: toServiceSubject(first), values: [...values.values()] });
    }
  }
  return found;
}

function addTo<Key, Item>(groups: Map<Key, Item[]>, key: Key, item: Item): void {
  const others = groups.get(key);
  if (others === undefined) groups.set(key, [item]);
  else others.push(item);
}

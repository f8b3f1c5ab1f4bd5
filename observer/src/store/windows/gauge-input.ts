import type { GaugeInput } from "../../signals/signal-definition.ts";
import { type Subject, subjectKey } from "../../signals/subject.ts";
import type { Attributes, ResourceRecord } from "../span-record.ts";
import type { RingHorizon } from "./event-ring.ts";
import { GaugeRing } from "./gauge-ring.ts";

/** Values that become one: of an instance, and of what `keepApart` names. */
export interface GaugeGroup {
  readonly instance: string;
  /** The values of the attributes kept apart, joined. */
  readonly kept: string;
  readonly rings: GaugeRing[];
}

export interface ServiceGauges {
  readonly subject: Subject;
  readonly key: string;
  /** By the place of the name in the input. */
  readonly names: (Map<string, GaugeGroup> | undefined)[];
}

/** All that feeds one input of gauges: a ring per series. */
export class GaugeInputStore {
  readonly services = new Map<string, ServiceGauges>();
  readonly #input: GaugeInput;
  readonly #horizon: RingHorizon;
  readonly #maxRings: number;
  #ringCount = 0;

  constructor(input: GaugeInput, horizon: RingHorizon, maxRings: number) {
    this.#input = input;
    this.#horizon = horizon;
    this.#maxRings = maxRings;
  }

  /** A new ring for a series not seen before. @returns undefined where there is no room for another */
  open(resource: ResourceRecord, nameIndex: number, attributes: Attributes): GaugeRing | undefined {
    if (this.#ringCount >= this.#maxRings) return undefined;
    this.#ringCount++;
    const { environment, namespace, service } = resource;
    const subject = { environment, namespace, service };
    const key = subjectKey(subject);
    const gauges = this.services.get(key) ?? { subject, key, names: [] };
    this.services.set(key, gauges);
    const groups = gauges.names[nameIndex] ?? new Map<string, GaugeGroup>();
    gauges.names[nameIndex] = groups;
    const instance = resource.instance ?? "";
    const kept = this.#input.keepApart.map((name) => String(attributes[name] ?? "")).join("\u001f");
    const group = groups.get(`${instance}\u001f${kept}`) ?? { instance, kept, rings: [] };
    groups.set(`${instance}\u001f${kept}`, group);
    const ring = new GaugeRing(this.#horizon);
    group.rings.push(ring);
    return ring;
  }

  /** Forgets rings in which nothing has come since a time. */
  sweep(beforeMs: number): void {
    for (const [serviceKey, gauges] of this.services) {
      for (const groups of gauges.names) {
        for (const [key, group] of groups ?? []) {
          const alive = group.rings.filter((ring) => ring.newestAtMs >= beforeMs);
          for (const ring of group.rings) ring.isReleased = ring.newestAtMs < beforeMs;
          this.#ringCount -= group.rings.length - alive.length;
          group.rings.splice(0, group.rings.length, ...alive);
          if (alive.length === 0) groups?.delete(key);
        }
      }
      if (gauges.names.every((groups) => (groups?.size ?? 0) === 0)) this.services.delete(serviceKey);
    }
  }
}

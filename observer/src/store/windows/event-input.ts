import { type Subject, subjectKey } from "../../signals/subject.ts";
import type { ResourceRecord } from "../span-record.ts";
import { EventRing, type RingBudget, type RingHorizon } from "./event-ring.ts";
import type { HistogramLayout } from "./histogram-layout.ts";
import type { SeenSubjects } from "./seen-subjects.ts";

/** The route that takes the events of routes beyond the bound. */
export const overflowRoute = "(other routes)";

export interface OwnedRing {
  readonly ring: EventRing;
  readonly instance: string;
}

/** The rings that make up one subject: of all instances, and for a service of all its routes. */
export interface RingGroup {
  readonly subject: Subject;
  readonly key: string;
  rings: OwnedRing[];
}

/** What one service sends under one of the names of an input. */
export interface NamedEvents {
  /** Every ring there is of it. */
  readonly service: RingGroup;
  readonly routeless: { rings: OwnedRing[] };
  readonly routes: Map<string, RingGroup>;
  /** It has sent what the input requires. */
  isComplete: boolean;
}

export interface ServiceEvents {
  readonly key: string;
  /** By the place of the name in the input; spans have one place. */
  readonly names: (NamedEvents | undefined)[];
}

export interface EventLimits {
  readonly maxRoutesPerService: number;
  readonly maxRings: number;
}

/** All that feeds one input of events or of counts: a ring per instance and route. */
export class EventInputStore {
  readonly services = new Map<string, ServiceEvents>();
  readonly #horizon: RingHorizon;
  readonly #budget: RingBudget;
  readonly #limits: EventLimits;
  #ringCount = 0;

  readonly #seen: SeenSubjects;

  constructor(horizon: RingHorizon, budget: RingBudget, limits: EventLimits, seen: SeenSubjects) {
    this.#seen = seen;
    this.#horizon = horizon;
    this.#budget = budget;
    this.#limits = limits;
  }

  /**
   * The ring of an instance and route, made where it is new; one that was there may have another layout than the one asked for.
   *
   * @param route undefined for events without one
   * @returns undefined where there is no room for another ring
   */
  ring(
    resource: ResourceRecord,
    nameIndex: number,
    route: string | undefined,
    layout: HistogramLayout,
  ): EventRing | undefined {
    const named = this.named(resource, nameIndex);
    const group = route === undefined ? named.routeless : this.#routeGroup(named, route);
    const instance = resource.instance ?? "";
    const known = group.rings.find((owned) => owned.instance === instance);
    if (known !== undefined) return known.ring;
    if (this.#ringCount >= this.#limits.maxRings || this.#budget.usedBytes >= this.#budget.maxBytes)
      return undefined;
    const owned = { ring: new EventRing(layout, this.#horizon, this.#budget), instance };
    this.#ringCount++;
    group.rings.push(owned);
    named.service.rings.push(owned);
    return owned.ring;
  }

  named(resource: ResourceRecord, nameIndex: number): NamedEvents {
    const { environment, namespace, service } = resource;
    const subject = { environment, namespace, service };
    const key = subjectKey(subject);
    let events = this.services.get(key);
    if (events === undefined) {
      events = { key, names: [] };
      this.services.set(key, events);
    }
    const known = events.names[nameIndex];
    if (known !== undefined) return known;
    const named = {
      service: { subject, key, rings: [] },
      routeless: { rings: [] },
      routes: new Map(),
      isComplete: false,
    };
    events.names[nameIndex] = named;
    return named;
  }

  /** Forgets rings in which nothing has come since a time. */
  sweep(beforeMs: number): void {
    for (const [key, events] of this.services) {
      for (const named of events.names) {
        if (named === undefined) continue;
        const dead = named.service.rings.filter(({ ring }) => ring.newestAtMs < beforeMs);
        if (dead.length === 0) continue;
        for (const { ring } of dead) ring.release();
        this.#ringCount -= dead.length;
        const isAlive = ({ ring }: OwnedRing): boolean => ring.newestAtMs >= beforeMs;
        named.service.rings = named.service.rings.filter(isAlive);
        named.routeless.rings = named.routeless.rings.filter(isAlive);
        for (const [route, group] of named.routes) {
          group.rings = group.rings.filter(isAlive);
          if (group.rings.length === 0) named.routes.delete(route);
        }
      }
      if (events.names.every((named) => named === undefined || named.service.rings.length === 0))
        this.services.delete(key);
    }
  }

  #routeGroup(named: NamedEvents, route: string): RingGroup {
    const known = named.routes.get(route);
    if (known !== undefined) return known;
    if (named.routes.size >= this.#limits.maxRoutesPerService && route !== overflowRoute) {
      return this.#routeGroup(named, overflowRoute);
    }
    const subject = { ...named.service.subject, route };
    const group = { subject, key: subjectKey(subject), rings: [] };
    named.routes.set(route, group);
    this.#seen.note(group.key, subject, 0);
    return group;
  }
}

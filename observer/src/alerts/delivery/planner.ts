import type { AlertBook } from "../journal/alert-book.ts";
import { groupNotifications } from "./grouping.ts";
import type { Notification } from "./notification.ts";
import type { Candidate, DeliverySettings, Stage, StageContext, Suppression } from "./stage.ts";
import { routed, withoutInhibited, withoutSilenced, withoutTold } from "./stages.ts";

const chain: readonly Stage[] = [withoutSilenced, withoutInhibited, routed, withoutTold];

export interface Plan {
  readonly notifications: readonly Notification[];
  /** Open episodes nobody is told of for now, by id. */
  readonly suppressed: ReadonlyMap<string, Suppression>;
  /** Closed episodes of which nothing is left to tell. */
  readonly finished: readonly string[];
}

export interface Planner {
  /** What there is to tell at this time. Changes nothing in the book: the caller enters the notifications, and forgets what is finished. */
  plan(book: AlertBook, settings: DeliverySettings, atMs: number): Plan;
}

const nothing: Plan = { notifications: [], suppressed: new Map(), finished: [] };

/**
 * Decides from the state of things, not from what just happened: an alert that is silenced is told of when the silence ends, and after a
 * crash what was not told yet is told. Silence, inhibition, route, what was told before, group, in this order.
 */
export function createPlanner(observe: StageContext["observe"]): Planner {
  const ready = new Set<string>();
  const groupToldAtMs = new Map<string, number>();
  return {
    plan(book, settings, atMs) {
      if (book.episodes.size === 0) return nothing;
      const suppressed = new Map<string, Suppression>();
      const context: StageContext = { atMs, book, settings, observe, ready, groupToldAtMs, suppressed };
      let candidates: readonly Candidate[] = [...book.episodes.values()].map((episode) => ({
        episode,
        receivers: [],
        kind: undefined,
        repeats: 0,
      }));
      for (const stage of chain) candidates = stage(candidates, context);
      const left = new Set(candidates.map(({ episode }) => episode.id));
      const finished = [...book.episodes.values()]
        .filter(({ id, closed }) => closed !== undefined && !left.has(id))
        .map(({ id }) => id);
      for (const id of finished) ready.delete(id);
      const notifications = groupNotifications(candidates, context);
      forgetOld(groupToldAtMs, atMs, settings);
      return { notifications, suppressed, finished };
    },
  };
}

function forgetOld(groupToldAtMs: Map<string, number>, atMs: number, settings: DeliverySettings): void {
  for (const [key, toldAtMs] of groupToldAtMs) {
    if (atMs - toldAtMs >= settings.groupIntervalSeconds * 1000) groupToldAtMs.delete(key);
  }
}

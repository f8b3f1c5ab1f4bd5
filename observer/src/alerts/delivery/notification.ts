import type { AlertTransition } from "../alert.ts";

/**
 * Why people are told: an alert fires or falls silent (`noData`, `error`), is over, lasts (`repeated`), or was explained after it was told of.
 */
export type NotificationKind = "firing" | "noData" | "error" | "resolved" | "repeated" | "explained";

/** The kinds that begin an episode. */
export type EpisodeKind = Extract<NotificationKind, "firing" | "noData" | "error">;

/** At most so many alerts are listed in one notification; the others are counted. */
export const NOTIFICATION_ALERTS_MAX = 50;

/** One message to one or more receivers about alerts that belong together. Planned once, sent at least once. */
export interface Notification {
  /** What receivers drop repeats by: the id of the first transition, or for an update one derived from it. */
  readonly id: string;
  readonly kind: NotificationKind;
  /** What its alerts have in common. */
  readonly group: Readonly<Record<string, string>>;
  readonly receivers: readonly string[];
  /** The one that leads first; alerts as they were known when this was planned. */
  readonly transitions: readonly [AlertTransition, ...AlertTransition[]];
  /** How many more there are than `transitions` lists. */
  readonly omitted: number;
  /** Every episode it tells of, those not listed among them. */
  readonly episodeIds: readonly string[];
  readonly plannedAtMs: number;
}

/** One notification on its way to one receiver. */
export interface Delivery {
  readonly notification: Notification;
  readonly receiver: string;
}

export function deliveryKey(notificationId: string, receiver: string): string {
  return `${notificationId}|${receiver}`;
}

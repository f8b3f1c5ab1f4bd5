import { type Alert, type AlertTransition, isFiring } from "../alert.ts";
import { type Delivery, deliveryKey, type Notification } from "../delivery/notification.ts";
import type { Silence } from "../silence.ts";
import type { AlertRecord, Episode, Told } from "./alert-record.ts";

/** Everything alerting has to remember: the sum of its records. Only `applyRecord` changes it, live and on reading back alike. */
export interface AlertBook {
  /** The newest of every fingerprint. */
  readonly alerts: Map<string, Alert>;
  /** By id, in the order they were opened: open ones, and closed ones whose end has not been told. */
  readonly episodes: Map<string, Episode>;
  /** Id of the open episode by fingerprint. */
  readonly openEpisodes: Map<string, string>;
  /** By `deliveryKey`, in the order they were planned. */
  readonly pendingDeliveries: Map<string, Delivery>;
  readonly silences: Map<string, Silence>;
}

export function createAlertBook(): AlertBook {
  return {
    alerts: new Map(),
    episodes: new Map(),
    openEpisodes: new Map(),
    pendingDeliveries: new Map(),
    silences: new Map(),
  };
}

export function applyRecord(book: AlertBook, record: AlertRecord): void {
  switch (record.kind) {
    case "transition":
      applyTransition(book, record.transition);
      return;
    case "alert": {
      const known = book.alerts.get(record.alert.fingerprint);
      if (known === undefined || record.alert.revision >= known.revision)
        book.alerts.set(record.alert.fingerprint, record.alert);
      return;
    }
    case "notification":
      applyNotification(book, record.notification);
      return;
    case "delivery":
      book.pendingDeliveries.delete(deliveryKey(record.notificationId, record.receiver));
      return;
    case "silence": {
      const known = book.silences.get(record.silence.id);
      if (known === undefined || record.silence.updatedAtMs >= known.updatedAtMs)
        book.silences.set(record.silence.id, record.silence);
      return;
    }
    case "episode":
      book.episodes.set(record.episode.id, record.episode);
      if (record.episode.closed === undefined)
        book.openEpisodes.set(record.episode.opened.alert.fingerprint, record.episode.id);
      return;
    case "pending":
      book.pendingDeliveries.set(
        deliveryKey(record.delivery.notification.id, record.delivery.receiver),
        record.delivery,
      );
      return;
    case "audit":
      return;
  }
}

function applyTransition(book: AlertBook, transition: AlertTransition): void {
  const { alert, from, to } = transition;
  const known = book.alerts.get(alert.fingerprint);
  if (known !== undefined && known.revision >= alert.revision) return;
  book.alerts.set(alert.fingerprint, alert);
  // The way out of a recovery back into the breach, and into the recovery, are the same episode.
  if (isFiring(from) && isFiring(to)) return;
  const openId = book.openEpisodes.get(alert.fingerprint);
  const open = openId === undefined ? undefined : book.episodes.get(openId);
  book.openEpisodes.delete(alert.fingerprint);
  if (to !== "firing" && to !== "noData" && to !== "error") {
    if (open !== undefined) book.episodes.set(open.id, { ...open, closed: transition });
    return;
  }
  // What was silent now fires: the new message says more than the end of the old one.
  if (open !== undefined) book.episodes.delete(open.id);
  book.episodes.set(transition.id, {
    id: transition.id,
    kind: to,
    opened: transition,
    closed: undefined,
    told: {},
  });
  book.openEpisodes.set(alert.fingerprint, transition.id);
}

function applyNotification(book: AlertBook, notification: Notification): void {
  for (const receiver of notification.receivers) {
    book.pendingDeliveries.set(deliveryKey(notification.id, receiver), { notification, receiver });
  }
  for (const episodeId of notification.episodeIds) {
    const episode = book.episodes.get(episodeId);
    if (episode === undefined) continue;
    const told = { ...episode.told };
    for (const receiver of notification.receivers)
      told[receiver] = tell(told[receiver], episode, notification);
    book.episodes.set(episodeId, { ...episode, told });
  }
}

function tell(before: Told | undefined, episode: Episode, notification: Notification): Told {
  const { kind, plannedAtMs } = notification;
  return {
    lastAtMs: kind === "explained" ? (before?.lastAtMs ?? plannedAtMs) : plannedAtMs,
    repeats: (before?.repeats ?? 0) + (kind === "repeated" ? 1 : 0),
    isExplained:
      (before?.isExplained ?? false) || kind === "explained" || isExplanation(notification, episode.id),
    isResolved: (before?.isResolved ?? false) || kind === "resolved",
  };
}

/** Whoever was told with an explanation needs no second message for it. */
function isExplanation(notification: Notification, episodeId: string): boolean {
  return notification.transitions.some(({ id, alert }) => id === episodeId && alert.findings.length > 0);
}

/** How long an expired silence and an ended alert are remembered here; PostgreSQL keeps them longer. */
const REMEMBER_ENDED_MS = 5 * 86_400_000;

/** Forgets what ended long ago. */
export function pruneBook(book: AlertBook, atMs: number): void {
  for (const { fingerprint, state, sinceMs } of book.alerts.values()) {
    const isOver = state === "inactive" || state === "resolved";
    if (isOver && atMs - sinceMs > REMEMBER_ENDED_MS) book.alerts.delete(fingerprint);
  }
  for (const { id, endsAtMs } of book.silences.values()) {
    if (atMs - endsAtMs > REMEMBER_ENDED_MS) book.silences.delete(id);
  }
}

/** The fewest records that make an equal book. */
export function* toRecords(book: AlertBook): Generator<AlertRecord> {
  for (const alert of book.alerts.values()) yield { kind: "alert", alert };
  for (const episode of book.episodes.values()) yield { kind: "episode", episode };
  for (const delivery of book.pendingDeliveries.values()) yield { kind: "pending", delivery };
  for (const silence of book.silences.values()) yield { kind: "silence", silence };
}

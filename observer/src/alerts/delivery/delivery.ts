import type { Logger } from "@kontor/kit/logger";
import { type Alert, type AlertTransition, isFiring } from "../alert.ts";
import type { AlertJournal } from "../journal/alert-journal.ts";
import type { AlertRecord } from "../journal/alert-record.ts";
import type { Receiver } from "../receivers/receiver.ts";
import type { Notification } from "./notification.ts";
import { createPlanner } from "./planner.ts";
import { createSendQueue, type SendOutcome, type SendQueue, type SendQueueSettings } from "./send-queue.ts";
import type { DeliverySettings, Suppression } from "./stage.ts";

export interface Clock {
  /** Ms since the epoch. */
  readonly nowMs: () => number;
  /** Ms from any start, never backwards: for pauses and deadlines. */
  readonly monotonicMs: () => number;
}

export interface DeliveryOptions {
  readonly journal: AlertJournal;
  readonly receivers: readonly Receiver[];
  /** Asked at every step, so that a reloaded configuration holds at once. Routes without a receiver of their name are passed over. */
  readonly settings: () => DeliverySettings;
  /** The value of an alert as of the last tick, for reminders. */
  readonly observe?: (fingerprint: string) => number | undefined;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  readonly queue?: Partial<SendQueueSettings>;
  /** How long the disk may take before people are told without it; default 2 s. */
  readonly journalWaitMsMax?: number;
}

export interface Delivery extends AsyncDisposable {
  /** Journals what happened, then tells whom it concerns. Resolves when messages are on their way, not when they have arrived. Never rejects. */
  accept(transitions: readonly AlertTransition[]): Promise<void>;
  /** Enters an alert that was explained after it fired. */
  acceptExplained(alert: Alert): Promise<void>;
  /** Looks again what there is to tell: ended silences, reminders, groups, failed attempts. Call it every second. */
  tick(): Promise<void>;
  /** The message was reported as delivered for this receiver. Resolves when that is journaled; an unknown id is nothing. */
  acknowledge(receiver: string, notificationId: string): Promise<void>;
  /** Why the open episode of an alert is not told of; undefined when it is. */
  getSuppression(fingerprint: string): Suppression | undefined;
  readonly pendingCount: number;
  /** Resolves when no attempt is on its way; retries may be due later. */
  whenQuiet(): Promise<void>;
}

/** Wires journal, planner and one queue per receiver. What the journal holds as pending is sent on at once. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { journal, clock, logger } = options;
  const { book } = journal;
  const planner = createPlanner(options.observe ?? (() => undefined));
  const queues = new Map<string, SendQueue>();
  const writes = new Set<Promise<void>>();
  let suppressed: ReadonlyMap<string, Suppression> = new Map();

  /** Rejects never: people are told even when the disk is full. */
  const write = (records: readonly AlertRecord[]): Promise<void> => {
    if (records.length === 0) return Promise.resolve();
    const written: Promise<void> = journal
      .append(records)
      .catch((error) =>
        logger.error({ error }, "the alert journal cannot be written; alerts go on from memory"),
      )
      .finally(() => writes.delete(written));
    writes.add(written);
    return withinMs(written, options.journalWaitMsMax ?? 2_000);
  };
  const finish = (receiver: string, { notification, outcome, attempts, error }: SendOutcome): void => {
    const about = { receiver, notification: notification.id, kind: notification.kind, attempts };
    if (outcome === "sent") logger.info(about, "alert notification delivered");
    else logger.error({ ...about, error }, "alert notification given up");
    const reason = error instanceof Error ? { error: error.message } : {};
    const record: AlertRecord = {
      kind: "delivery",
      notificationId: notification.id,
      receiver,
      outcome,
      atMs: clock.nowMs(),
      attempts,
      ...reason,
    };
    void write([record]);
  };
  for (const receiver of options.receivers) {
    const queue = createSendQueue({
      receiver,
      monotonicMs: clock.monotonicMs,
      onDone: (outcome) => finish(receiver.name, outcome),
      onRetry: (notification, attempts, pauseMs, error) =>
        logger.warn(
          { receiver: receiver.name, notification: notification.id, attempts, pauseMs, error },
          "alert notification failed; it is tried again",
        ),
      ...(options.queue === undefined ? {} : { settings: options.queue }),
    });
    queues.set(receiver.name, queue);
  }
  for (const { notification, receiver } of [...book.pendingDeliveries.values()]) {
    const queue = queues.get(receiver);
    if (queue !== undefined) queue.add(notification);
    else
      finish(receiver, {
        notification,
        outcome: "failed",
        attempts: 0,
        error: new Error("the receiver is no longer configured"),
      });
  }

  const settings = (): DeliverySettings => {
    const current = options.settings();
    return { ...current, receivers: current.receivers.filter(({ name }) => queues.has(name)) };
  };
  const logSuppressed = (next: ReadonlyMap<string, Suppression>): void => {
    for (const [episodeId, why] of next) {
      if (suppressed.has(episodeId)) continue;
      const { alert } = book.episodes.get(episodeId)?.opened ?? {};
      logger.info(
        { ...(alert === undefined ? {} : toLogFields(alert)), ...why },
        "nobody is notified of this alert for now",
      );
    }
    suppressed = next;
  };
  /** Enters what happened and what is to be told of it as one write, then hands it to the queues. */
  const advance = async (records: readonly AlertRecord[]): Promise<void> => {
    const written = write(records);
    const plan = planner.plan(book, settings(), clock.nowMs());
    logSuppressed(plan.suppressed);
    const planned = write(plan.notifications.map((notification) => ({ kind: "notification", notification })));
    for (const id of plan.finished) book.episodes.delete(id);
    await Promise.all([written, planned]);
    for (const notification of plan.notifications) enqueue(notification);
    for (const queue of queues.values()) queue.pump();
  };
  const enqueue = (notification: Notification): void => {
    for (const receiver of notification.receivers) queues.get(receiver)?.add(notification);
  };

  return {
    async accept(transitions) {
      const known = settings();
      for (const transition of transitions) logTransition(logger, transition, known);
      if (transitions.length > 0)
        await advance(transitions.map((transition) => ({ kind: "transition", transition })));
    },
    acceptExplained: (alert) => advance([{ kind: "alert", alert }]),
    tick: () => advance([]),
    async acknowledge(receiver, notificationId) {
      queues.get(receiver)?.settle(notificationId);
      await Promise.all(writes);
    },
    getSuppression(fingerprint) {
      const episodeId = book.openEpisodes.get(fingerprint);
      return episodeId === undefined ? undefined : suppressed.get(episodeId);
    },
    get pendingCount() {
      return book.pendingDeliveries.size;
    },
    async whenQuiet() {
      for (const queue of queues.values()) await queue.whenQuiet();
      await Promise.all(writes);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...queues.values()].map((queue) => queue[Symbol.asyncDispose]()));
      await Promise.all(writes);
    },
  };
}

/** Every breach leaves a line, whoever is told. */
function logTransition(
  logger: DeliveryOptions["logger"],
  transition: AlertTransition,
  settings: DeliverySettings,
): void {
  const { alert, from, to, id } = transition;
  const receivers = settings.receivers
    .filter(({ severities }) => severities.includes(alert.severity))
    .map(({ name }) => name);
  const fields = { ...toLogFields(alert), transition: id, from, to, receivers };
  const isBad = to === "pending" || isFiring(to) || to === "noData" || to === "error";
  if (isBad && to !== "recovering") logger.warn(fields, `alert ${to}`);
  else logger.info(fields, `alert ${to}`);
}

function toLogFields(alert: Alert): Record<string, unknown> {
  const { fingerprint, rule, subject, severity, observed, limit, unit, reason } = alert;
  const { environment, namespace, service, route } = subject;
  return {
    fingerprint,
    rule,
    environment,
    namespace,
    service,
    endpoint: route,
    severity,
    observed,
    limit,
    unit,
    reason,
  };
}

async function withinMs(work: Promise<void>, ms: number): Promise<void> {
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, ms);
  await Promise.race([work, deadline.promise]);
  clearTimeout(timer);
}

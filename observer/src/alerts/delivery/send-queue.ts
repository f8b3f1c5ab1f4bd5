import { DeliveryPostponed, DeliveryRefused, type Receiver } from "../receivers/receiver.ts";
import type { Notification } from "./notification.ts";

export interface SendOutcome {
  readonly notification: Notification;
  readonly outcome: "sent" | "failed";
  readonly attempts: number;
  readonly error?: unknown;
}

export interface SendQueueOptions {
  readonly receiver: Receiver;
  /** Ms from any start, never backwards. */
  readonly monotonicMs: () => number;
  /** Called once for each message, when it is delivered or given up. */
  readonly onDone: (outcome: SendOutcome) => void;
  readonly onRetry: (notification: Notification, attempts: number, pauseMs: number, error: unknown) => void;
  readonly settings?: Partial<SendQueueSettings>;
}

export interface SendQueueSettings {
  /** Default 50: receivers of ours wait for an acknowledgement, not for work. */
  readonly inFlightMax: number;
  /** First and longest pause between attempts, doubling between; default 1 s and 5 min. */
  readonly pauseMsFirst: number;
  readonly pauseMsMax: number;
  /** One attempt; default 60 s. */
  readonly attemptMsMax: number;
  /** All attempts; default 24 h. */
  readonly giveUpAfterMs: number;
}

export interface SendQueue extends AsyncDisposable {
  add(notification: Notification): void;
  /** Starts what is due. Call it whenever time has passed; nothing in here waits on a timer. */
  pump(): void;
  /** The message arrived: an attempt on its way is called off. False when the message is not in the queue. */
  settle(notificationId: string): boolean;
  readonly length: number;
  /** Resolves when no attempt is on its way. */
  whenQuiet(): Promise<void>;
}

interface Item {
  readonly notification: Notification;
  readonly fingerprints: readonly string[];
  readonly addedAtMs: number;
  attempts: number;
  dueAtMs: number;
  isInFlight: boolean;
  readonly settled: AbortController;
}

const defaults: SendQueueSettings = {
  inFlightMax: 50,
  pauseMsFirst: 1_000,
  pauseMsMax: 300_000,
  attemptMsMax: 60_000,
  giveUpAfterMs: 86_400_000,
};

/**
 * Messages for one receiver, which know nothing of those for others. Messages about one alert go out in order; a message that fails holds
 * up only those about the same alerts.
 */
export function createSendQueue(options: SendQueueOptions): SendQueue {
  const { receiver, monotonicMs, onDone, onRetry } = options;
  const settings = { ...defaults, ...options.settings };
  const items = new Map<string, Item>();
  const attempts = new Set<Promise<void>>();
  const stop = new AbortController();

  const finish = (item: Item, outcome: SendOutcome["outcome"], error?: unknown) => {
    // Whoever was first has said it: the attempt, or an acknowledgement.
    if (!items.delete(item.notification.id)) return;
    onDone({ notification: item.notification, outcome, attempts: item.attempts, error });
  };
  const fail = (item: Item, error: unknown) => {
    if (stop.signal.aborted || !items.has(item.notification.id)) return;
    const now = monotonicMs();
    if (error instanceof DeliveryRefused || now - item.addedAtMs >= settings.giveUpAfterMs)
      return finish(item, "failed", error);
    const doubled = Math.min(settings.pauseMsFirst * 2 ** (item.attempts - 1), settings.pauseMsMax);
    const pauseMs =
      error instanceof DeliveryPostponed ? Math.max(doubled, error.afterSeconds * 1000) : doubled;
    item.dueAtMs = now + pauseMs;
    onRetry(item.notification, item.attempts, pauseMs, error);
  };
  const attempt = async (item: Item) => {
    item.isInFlight = true;
    item.attempts++;
    try {
      const signal = AbortSignal.any([
        stop.signal,
        item.settled.signal,
        AbortSignal.timeout(settings.attemptMsMax),
      ]);
      await orAbort(receiver.send(item.notification, signal), signal);
      item.isInFlight = false;
      finish(item, "sent");
    } catch (error) {
      item.isInFlight = false;
      fail(item, error);
    }
  };
  const start = (item: Item) => {
    const running = attempt(item).finally(() => {
      attempts.delete(running);
      queue.pump();
    });
    attempts.add(running);
  };
  const queue: SendQueue = {
    get length() {
      return items.size;
    },
    add(notification) {
      if (items.has(notification.id)) return;
      const now = monotonicMs();
      items.set(notification.id, {
        notification,
        fingerprints: notification.transitions.map(({ alert }) => alert.fingerprint),
        addedAtMs: now,
        attempts: 0,
        dueAtMs: now,
        isInFlight: false,
        settled: new AbortController(),
      });
    },
    pump() {
      if (stop.signal.aborted) return;
      const now = monotonicMs();
      const taken = new Set<string>();
      for (const item of items.values()) {
        const isFree = item.fingerprints.every((fingerprint) => !taken.has(fingerprint));
        for (const fingerprint of item.fingerprints) taken.add(fingerprint);
        if (attempts.size < settings.inFlightMax && isFree && !item.isInFlight && item.dueAtMs <= now)
          start(item);
      }
    },
    settle(notificationId) {
      const item = items.get(notificationId);
      if (item === undefined) return false;
      finish(item, "sent");
      item.settled.abort(new Error("delivered by somebody else"));
      return true;
    },
    async whenQuiet() {
      while (attempts.size > 0) await Promise.allSettled(attempts);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await queue.whenQuiet();
    },
  };
  return queue;
}

/** A receiver that does not look at its signal is left behind. */
function orAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

import type { Notification } from "../delivery/notification.ts";

/** Somebody who is told of alerts. */
export interface Receiver {
  readonly name: string;
  /**
   * Resolves when the message is delivered. Called again with the same notification after a failure, so what it sends carries the id.
   *
   * @param signal aborts when the observer stops
   * @throws DeliveryRefused when no repetition can help; any other error is tried again
   */
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}

/** The receiver understood the message and will never take it. */
export class DeliveryRefused extends Error {
  override readonly name = "DeliveryRefused";
}

/** Not now: the receiver itself named the time after which to try again. */
export class DeliveryPostponed extends Error {
  override readonly name = "DeliveryPostponed";
  readonly afterSeconds: number;

  constructor(message: string, afterSeconds: number) {
    super(message);
    this.afterSeconds = afterSeconds;
  }
}

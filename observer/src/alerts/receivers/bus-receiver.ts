import { setTimeout } from "node:timers/promises";
import { type EventEnvelope, toEnvelope } from "@kontor/kit/bus/bus";
import { alertTransitioned } from "@kontor/kit/contracts/alerts";
import type { OutsideLinks } from "../outside-links.ts";
import { toAlertEvent } from "./alert-event.ts";
import type { Receiver } from "./receiver.ts";

export interface BusReceiverOptions {
  readonly name: string;
  /** Rejects when the bus is away, or has not been opened yet. */
  readonly publish: (event: EventEnvelope) => Promise<void>;
  readonly publicUrl: string;
  readonly outside?: OutsideLinks | undefined;
  /** Default 2 s: a bus that hangs is as good as none. */
  readonly publishMsMax?: number;
  /** How long the service behind the bus may take to report the delivery; default 10 s. */
  readonly acknowledgeMsMax?: number;
}

/**
 * Hands alerts to the notification service. A bus that took the event has delivered nothing: the message counts as delivered when somebody
 * reports so, by `Delivery.acknowledge`, which calls the attempt off. Without a report in time the attempt fails.
 */
export function createBusReceiver(options: BusReceiverOptions): Receiver {
  const publishMsMax = options.publishMsMax ?? 2_000;
  const acknowledgeMsMax = options.acknowledgeMsMax ?? 10_000;
  return {
    name: options.name,
    async send(notification, signal) {
      const payload = toAlertEvent(notification, options.publicUrl, options.outside);
      const event = toEnvelope(alertTransitioned, payload, {
        id: notification.id,
        occurredAt: new Date(payload.atIso),
      });
      await Promise.race([
        options.publish(event),
        failAfter(publishMsMax, "the bus did not take the event", signal),
      ]);
      await failAfter(acknowledgeMsMax, "nobody reported the delivery", signal);
    },
  };
}

async function failAfter(ms: number, what: string, signal: AbortSignal): Promise<never> {
  // Not held open by a timer that nobody waits for any more.
  await setTimeout(ms, undefined, { signal, ref: false });
  throw new Error(`${what} within ${ms} ms`);
}

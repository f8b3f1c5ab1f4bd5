import type { Logger } from "@kontor/kit/logger";
import type { Receiver } from "./receiver.ts";

/**
 * A receiver that is replaced, message by message, by another when it fails: the pager must not depend on its patient. Both send the same
 * id, so who receives both drops one.
 */
export function withFallback(primary: Receiver, fallback: Receiver, logger: Pick<Logger, "warn">): Receiver {
  return {
    name: primary.name,
    async send(notification, signal) {
      try {
        await primary.send(notification, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        logger.warn(
          { error, receiver: primary.name, fallback: fallback.name, notification: notification.id },
          "alert notification goes out by the fallback receiver",
        );
        await fallback.send(notification, signal);
      }
    },
  };
}

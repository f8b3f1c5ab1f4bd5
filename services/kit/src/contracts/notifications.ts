import { z } from "zod";
import { defineEvent } from "./define-event.ts";

/** Somebody has been told: a receiver accepted the message. */
export const notificationDelivered = defineEvent({
  name: "notifications.delivered",
  version: 1,
  payload: z.object({
    /** What was told of: the id of the alert transition. */
    sourceId: z.string(),
    channel: z.enum(["mail", "in-app"]),
    deliveredAt: z.iso.datetime(),
  }),
  orderingKey: (payload) => payload.sourceId,
});

import { z } from "zod";

/** The header Idempotency-Key: chosen by the caller, one per thing to be done; a UUID is a good one. */
export const idempotencyKey = z
  .string({ error: "send the header Idempotency-Key, a text of your own for each new request" })
  .regex(/^[\x21-\x7e]{1,255}$/, "1 to 255 visible ASCII characters");

/** What `replayHeaders` gives, for the documentation of a route. */
export const replayHeader = {
  "Idempotency-Replayed": "`true` where an earlier request with the key did the work; else left out",
};

/** What answers tell about a replay: the work was done by an earlier request with this key. */
export function replayHeaders(isReplayed: boolean): Record<string, string> {
  return isReplayed ? { "Idempotency-Replayed": "true" } : {};
}

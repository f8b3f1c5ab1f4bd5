import { z } from "zod";
import { defineEvent } from "../../contracts/define-event.ts";

/** An event for tests, of no real room. */
export const thingMade = defineEvent({
  name: "things.made",
  version: 1,
  payload: z.object({ n: z.number(), maker: z.string() }),
  orderingKey: (payload) => payload.maker,
});

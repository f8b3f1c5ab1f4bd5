import type { z } from "zod";

/** What an event is called and carries. A change that an old consumer cannot read is a new version. */
export type EventDefinition<Payload = unknown> = {
  /** `orders.placed`: plural room, past participle. */
  readonly name: string;
  readonly version: number;
  readonly payload: z.ZodType<Payload>;
  /** What events must be taken in order of: the id of the aggregate. */
  readonly orderingKey: (payload: Payload) => string;
};

/**
 * One kind of event. Consumers ignore fields they do not know, so fields may be added within a version.
 */
export function defineEvent<Schema extends z.ZodType>(definition: {
  name: string;
  version: number;
  payload: Schema;
  orderingKey: (payload: z.output<Schema>) => string;
}): EventDefinition<z.output<Schema>> {
  return definition as EventDefinition<z.output<Schema>>;
}

/** What a definition's events carry. */
export type EventPayload<Definition> = Definition extends EventDefinition<infer Payload> ? Payload : never;

import { context, createContextKey } from "@opentelemetry/api";

const QUERY_NAME = createContextKey("kontor.query.name");

/**
 * Runs `work` with the name of a query in the active context, where the telemetry of pg picks it up as
 * `code.function.name`. The name does not go to pg itself: there it would turn the statement into a prepared one, which
 * keeps a plan per connection, breaks behind transaction poolers and refuses one name with two texts.
 */
export function withQueryName<T>(name: string | undefined, work: () => T): T {
  return name === undefined ? work() : context.with(context.active().setValue(QUERY_NAME, name), work);
}

/** The name of the query that is being sent in the active context; undefined outside of one. */
export function readQueryName(): string | undefined {
  const name = context.active().getValue(QUERY_NAME);
  return typeof name === "string" ? name : undefined;
}

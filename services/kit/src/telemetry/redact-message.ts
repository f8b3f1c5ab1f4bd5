import type { Span } from "@opentelemetry/api";

const namedThing =
  /(?<!\b(?:column|constraint|relation|table|function|type|role|database|schema|index|parameter|statement) )"[^"]*"/g;

/**
 * Takes values out of a message of PostgreSQL: `invalid input syntax for type uuid: "x"` says `"?"`. Names of columns,
 * constraints and the like stay.
 */
export function redactMessage(message: string): string {
  return message
    .replace(namedThing, '"?"')
    .replace(/'[^']*'/g, "'?'")
    .replace(/\)=\([^()]*\)/g, ")=(?)");
}

/** Has every later status of this span redacted: instrumentation-pg copies the driver's message into it. */
export function redactStatusOf(span: Span): void {
  const setStatus = span.setStatus.bind(span);
  span.setStatus = (status) =>
    setStatus(status.message === undefined ? status : { ...status, message: redactMessage(status.message) });
}

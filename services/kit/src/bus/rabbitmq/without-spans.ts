import { context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";

/**
 * amqplib's own method beneath that of its instrumentation, which would make a second span of each message, under the
 * older names. Without instrumentation it is the method itself.
 */
export function withoutConsumerSpans<Method extends (...args: never[]) => unknown>(method: Method): Method {
  return (method as Method & { __original?: Method }).__original ?? method;
}

/** Runs `work` so that the instrumentation makes no producer span and leaves the headers alone. */
export function withoutProducerSpans<T>(work: () => T): T {
  return context.with(suppressTracing(context.active()), work);
}

import {
  type Attributes,
  context,
  metrics,
  type ObservableResult,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AppError } from "../errors.ts";
import type { EventEnvelope } from "./bus.ts";
import { busMetrics } from "./bus-metrics.ts";

/** Spans and metrics of messages, the same for every bus, after the semantic conventions for messaging. */
export type BusTelemetry = {
  /** Runs `work` in a producer span; the envelope it is given carries that span's context. */
  send(event: EventEnvelope, work: (event: EventEnvelope) => Promise<void>): Promise<void>;
  /** Runs `work` in a consumer span, the child of the producer's. */
  process(event: EventEnvelope, consumer: string, work: () => Promise<void>): Promise<void>;
};

/** @param system value of `messaging.system`: `pg-boss`, `rabbitmq` */
export function createBusTelemetry(system: string): BusTelemetry {
  const tracer = trace.getTracer("@kontor/kit/bus");
  const meter = metrics.getMeter("@kontor/kit/bus");
  const operationDuration = meter.createHistogram(
    busMetrics.clientOperationDuration.name,
    busMetrics.clientOperationDuration,
  );
  const processDuration = meter.createHistogram(busMetrics.processDuration.name, busMetrics.processDuration);
  const deliveryDuration = meter.createHistogram(
    busMetrics.deliveryDuration.name,
    busMetrics.deliveryDuration,
  );
  const sent = meter.createCounter(busMetrics.sentMessages.name, busMetrics.sentMessages);
  const consumed = meter.createCounter(busMetrics.consumedMessages.name, busMetrics.consumedMessages);

  return {
    send(event, work) {
      const attributes = {
        "messaging.system": system,
        "messaging.destination.name": event.name,
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
      };
      // The work that caused the event, stored with it; without one, the work that is publishing now.
      const parent =
        event.headers.traceparent === undefined
          ? context.active()
          : propagation.extract(ROOT_CONTEXT, event.headers);
      const options = {
        kind: SpanKind.PRODUCER,
        attributes: { ...attributes, "messaging.message.id": event.id },
      };
      return tracer.startActiveSpan(`publish ${event.name}`, options, parent, (span) =>
        measure(
          span,
          () => work({ ...event, headers: injectContext() }),
          (seconds, failure) => {
            operationDuration.record(seconds, { ...attributes, ...failure });
            sent.add(1, { ...attributes, ...failure });
          },
        ),
      );
    },
    process(event, consumer, work) {
      const attributes = {
        "messaging.system": system,
        "messaging.destination.name": event.name,
        "messaging.consumer.group.name": consumer,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
      };
      const options = {
        kind: SpanKind.CONSUMER,
        attributes: { ...attributes, "messaging.message.id": event.id },
      };
      consumed.add(1, attributes);
      deliveryDuration.record(Math.max(0, Date.now() - Date.parse(event.occurredAt)) / 1_000, attributes);
      const parent = propagation.extract(ROOT_CONTEXT, event.headers);
      return tracer.startActiveSpan(`process ${event.name}`, options, parent, (span) =>
        measure(span, work, (seconds, failure) =>
          processDuration.record(seconds, { ...attributes, ...failure }),
        ),
      );
    },
  };
}

/** Reports how many events wait, whenever metrics are collected, until disposed. A read that fails reports nothing. */
export function observeQueueDepth(
  system: string,
  read: () => Promise<{ event: string; consumer: string; depth: number }[]>,
): Disposable {
  const gauge = metrics
    .getMeter("@kontor/kit/bus")
    .createObservableGauge(busMetrics.queueDepth.name, busMetrics.queueDepth);
  const observe = async (result: ObservableResult) => {
    for (const { event, consumer, depth } of await read().catch(() => [])) {
      result.observe(depth, {
        "messaging.system": system,
        "messaging.destination.name": event,
        "messaging.consumer.group.name": consumer,
      });
    }
  };
  gauge.addCallback(observe);
  return { [Symbol.dispose]: () => gauge.removeCallback(observe) };
}

/** The active trace context as it is stored with an event. */
export function injectContext(): EventEnvelope["headers"] {
  const carrier: { traceparent?: string; tracestate?: string } = {};
  propagation.inject(context.active(), carrier);
  const { traceparent, tracestate } = carrier;
  return { ...(traceparent ? { traceparent } : {}), ...(tracestate ? { tracestate } : {}) };
}

async function measure(
  span: Span,
  work: () => Promise<void>,
  record: (seconds: number, failure: Attributes) => void,
): Promise<void> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  try {
    await work();
    record(seconds(), {});
  } catch (error) {
    const errorType = error instanceof AppError ? error.code : error instanceof Error ? error.name : "_OTHER";
    span.setAttribute("error.type", errorType);
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: error instanceof Error ? error.message : String(error),
    });
    record(seconds(), { "error.type": errorType });
    throw error;
  } finally {
    span.end();
  }
}

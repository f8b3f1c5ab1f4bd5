import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOrderEvents } from "../../src/orders/order-events.ts";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const spans = new InMemorySpanExporter();

describe("what is written down of orders", () => {
  let erp: TestCoreErp;
  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
    );
    erp = await startCoreErp();
  });
  afterAll(async () => {
    await erp[Symbol.asyncDispose]();
    await reader.shutdown();
    metrics.disable();
    trace.disable();
    context.disable();
  });

  async function readCounters(): Promise<Record<string, number>> {
    await reader.forceFlush();
    const points = exporter
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics)
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [
          [descriptor.name, ...Object.values(attributes).sort()].join(" "),
          Number(value),
        ]),
      );
    return Object.fromEntries(points ?? []);
  }

  // Red when: recordPlaced is called for a replay, or recordChanged for an order that was changed before.
  it("each order is counted once with its amount, however often it is asked for", async () => {
    const customerId = await erp.createCustomer();
    const sku = await erp.createItem(100, 250);
    const place = (key: string) => erp.placeOrder(customerId, [{ sku, quantity: 2 }], key);
    const [first, second] = [await place("a"), await place("b")];
    await place("a");
    await erp.placeOrder(customerId, [{ sku, quantity: 1_000 }]);
    for (let times = 0; times < 3; times++) {
      await erp.request("POST", `/api/orders/${first.body.id}/confirm`);
      await erp.request("POST", `/api/orders/${second.body.id}/cancel`);
    }
    expect(await readCounters()).toEqual({
      "kontor.orders.placed EUR": 2,
      "kontor.orders.confirmed EUR": 1,
      "kontor.orders.cancelled EUR": 1,
      "kontor.orders.amount EUR placed": 1_000,
      "kontor.orders.amount EUR confirmed": 500,
      "kontor.orders.amount EUR cancelled": 500,
    });
  });

  it("ids go to the log and to the active span, and no name or address goes anywhere", () => {
    const lines: unknown[] = [];
    const events = createOrderEvents({ info: (fields: unknown) => void lines.push(fields) });
    trace.getTracer("test").startActiveSpan("request", (span) => {
      events.placed({
        id: "order-id",
        number: "SO-1",
        status: "placed",
        customer: { id: "customer-id", name: "Anna" },
        currency: "EUR",
        totalCents: 5,
        placedAt: "2026-11-24T00:00:00.000Z",
        confirmedAt: null,
        cancelledAt: null,
        cancelReason: null,
        lines: [],
      });
      span.end();
    });
    expect(spans.getFinishedSpans().at(-1)?.attributes).toEqual({
      "kontor.order.id": "order-id",
      "kontor.order.number": "SO-1",
    });
    expect(lines).toEqual([
      { event: "orders.placed", orderId: "order-id", number: "SO-1", totalCents: 5, currency: "EUR" },
    ]);
  });
});

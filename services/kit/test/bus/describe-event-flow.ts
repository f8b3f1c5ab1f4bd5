import { context, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bus, toEnvelope } from "../../src/bus/bus.ts";
import { consume } from "../../src/bus/consume.ts";
import { openBus } from "../../src/bus/open-bus.ts";
import { appendEvent } from "../../src/bus/outbox.ts";
import { startOutboxRelay } from "../../src/bus/outbox-relay.ts";
import { inTransaction } from "../../src/postgres.ts";
import { thingMade } from "../../src/testing/event-load/thing-made.ts";
import { recordTelemetry } from "../../src/testing/record-telemetry.ts";
import { openTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";

const logger = { warn() {}, info() {} };
const SOON = { timeout: 15_000, interval: 10 };

/**
 * What happens between a committed event and its effect, the same over every bus. Once per test file: it records telemetry.
 *
 * @param system as spans and metrics name the bus
 */
export function describeEventFlow(
  system: string,
  openBroker: () => Promise<AsyncDisposable & { readonly url: string }>,
): void {
  const telemetry = recordTelemetry();
  let db: TestDatabase;
  let broker: Awaited<ReturnType<typeof openBroker>>;
  let bus: Bus;

  beforeAll(async () => {
    db = await openTestDatabase({ schema: "maker" });
    await db.query({ text: "create table effects (n int not null)" });
    broker = await openBroker();
    const retry = { limit: 2, delaySeconds: 0, delayMaxSeconds: 1 };
    bus = await openBus({ url: broker.url, applicationName: "test", logger, retry });
  }, 90_000);
  beforeEach(async () => {
    // One by one: whoever is still at work from the test before would be in a deadlock with one who locks all.
    for (const table of ["effects", "outbox", "consumed_events"])
      await db.query({ text: `truncate ${table}` });
  });
  afterAll(async () => {
    await bus[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    await telemetry[Symbol.asyncDispose]();
  });

  const relay = () => startOutboxRelay({ db, schema: "maker", bus, logger });
  const append = (n: number) => inTransaction(db, (tx) => appendEvent(tx, thingMade, { n, maker: "m" }));

  async function readEffects(): Promise<number[]> {
    const { rows } = await db.query<{ n: number }>({ text: "select n from effects order by n" });
    return rows.map(({ n }) => n);
  }

  describe(`outbox to consumer: ${system}`, () => {
    it("happens once, though the event comes twice", async () => {
      await consume(bus, db, thingMade, {
        consumer: "twice",
        handler: async (tx, { n }) =>
          void (await tx.query({ text: "insert into effects values ($1)", values: [n] })),
      });
      const event = toEnvelope(thingMade, { n: 7, maker: "m" });
      await Promise.all([bus.publish(event), bus.publish(event)]);
      await bus.publish(toEnvelope(thingMade, { n: 8, maker: "m" }));
      await expect.poll(readEffects, SOON).toEqual([7, 8]);
    });

    it("takes back what a failed handler wrote, and comes again", async () => {
      let calls = 0;
      await consume(bus, db, thingMade, {
        consumer: "failing",
        handler: async (tx, { n }) => {
          await tx.query({ text: "insert into effects values ($1)", values: [n + 100] });
          calls += 1;
          if (calls === 1) throw new Error("after the effect");
        },
      });
      await bus.publish(toEnvelope(thingMade, { n: 1, maker: "m" }));
      await expect.poll(readEffects, SOON).toContain(101);
      expect((await readEffects()).filter((n) => n === 101)).toHaveLength(1);
      expect(calls).toBe(2);
    });

    it("makes a dead letter of a version it does not know", async () => {
      await consume(bus, db, thingMade, { consumer: "strict", handler: async () => {} });
      await bus.publish({ ...toEnvelope(thingMade, { n: 1, maker: "m" }), version: 2 });
      await expect
        .poll(() => bus.readDeadLetters("things.made", "strict", 5), SOON)
        .toMatchObject([{ error: expect.stringContaining("version 1 (it says 2)") }]);
    });

    // Red when: appendEvent does not store the context, or the relay does not pass it on.
    it("is one trace from the request over the producer to the consumer", async () => {
      await using _relay = relay();
      let inConsumer: string | undefined;
      await consume(bus, db, thingMade, {
        consumer: "traced",
        handler: async () => {
          inConsumer = trace.getActiveSpan()?.spanContext().spanId;
        },
      });
      const request = trace
        .getTracer("test")
        .startSpan("POST /api/orders", { kind: SpanKind.SERVER }, ROOT_CONTEXT);
      await context.with(trace.setSpan(ROOT_CONTEXT, request), () => append(42));
      request.end();
      await expect.poll(() => inConsumer, SOON).toBeDefined();

      const { traceId, spanId } = request.spanContext();
      const mine = () => telemetry.spans().filter((span) => span.spanContext().traceId === traceId);
      await expect
        .poll(() => mine().some((span) => span.spanContext().spanId === inConsumer), SOON)
        .toBe(true);
      const producer = mine().find((span) => span.kind === SpanKind.PRODUCER);
      const consumer = mine().find((span) => span.spanContext().spanId === inConsumer);
      expect(producer?.parentSpanContext?.spanId).toBe(spanId);
      expect(consumer?.parentSpanContext?.spanId).toBe(producer?.spanContext().spanId);
      expect(producer?.attributes).toMatchObject({
        "messaging.system": system,
        "messaging.destination.name": "things.made",
        "messaging.operation.type": "send",
      });
      expect(consumer?.attributes).toMatchObject({
        "messaging.consumer.group.name": "traced",
        "messaging.operation.type": "process",
      });
    });

    it("counts and times what it sends and takes", async () => {
      const byName = new Map((await telemetry.metrics()).map((metric) => [metric.descriptor.name, metric]));
      for (const name of [
        "messaging.client.operation.duration",
        "messaging.client.sent.messages",
        "messaging.client.consumed.messages",
        "messaging.process.duration",
        "kontor.messaging.delivery.duration",
        "kontor.messaging.queue.depth",
      ]) {
        expect(byName.get(name)?.dataPoints.length, name).toBeGreaterThan(0);
      }
    });

    it("reports how many events wait, those that wait for another try among them", async () => {
      const patient = { limit: 3, delaySeconds: 30, delayMaxSeconds: 30 };
      const options = { url: broker.url, applicationName: "test", logger, retry: patient };
      await using waiting = await openBus(options);
      await waiting.subscribe("things.waiting", "slow", async () => {
        throw new Error("not now");
      });
      for (let n = 0; n < 3; n++) {
        await waiting.publish({ ...toEnvelope(thingMade, { n, maker: "m" }), name: "things.waiting" });
      }
      const readDepth = async () => {
        const depths = (await telemetry.metrics()).find(({ descriptor }) =>
          descriptor.name.endsWith("queue.depth"),
        );
        return depths?.dataPoints.find(
          ({ attributes }) => attributes["messaging.destination.name"] === "things.waiting",
        );
      };
      await expect.poll(async () => (await readDepth())?.value, SOON).toBe(3);
      expect((await readDepth())?.attributes).toEqual({
        "messaging.system": system,
        "messaging.destination.name": "things.waiting",
        "messaging.consumer.group.name": "slow",
      });
    });

    // Red when: the relay does not listen, or appendEvent's table has no trigger that notifies.
    it("arrives because of its commit, not because the relay looks again after a while", async () => {
      await using _relay = startOutboxRelay({ db, schema: "maker", bus, logger, pollMs: 3_600_000 });
      const arrivals = new Map<number, number>();
      await consume(bus, db, thingMade, {
        consumer: "quick",
        handler: async (_tx, { n }) => void arrivals.set(n, performance.now()),
      });
      const took: number[] = [];
      // One after the other: the relay looks by itself at its start and once it listens, and never again.
      for (let n = 1_000; n < 1_040; n++) {
        await append(n);
        const committedAt = performance.now();
        await expect.poll(() => arrivals.has(n), { ...SOON, interval: 1 }).toBe(true);
        took.push((arrivals.get(n) ?? 0) - committedAt);
      }
      const median = took.sort((a, b) => a - b)[20] ?? 0;
      // Shown, not judged: the machine of a test run may be busy.
      console.info(`commit to handler: p50 ${median.toFixed(1)} ms, max ${took.at(-1)?.toFixed(1)} ms`);
    });
  });
}

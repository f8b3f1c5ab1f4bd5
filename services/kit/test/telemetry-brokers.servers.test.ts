import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ReceivedSpan, spanKind, startOtlpReceiver } from "../src/testing/otlp-receiver.ts";
import { startRabbitmq } from "../src/testing/servers/rabbitmq.ts";
import { startRedis } from "../src/testing/servers/redis.ts";
import { startProcess } from "../src/testing/start-process.ts";

const stack = new AsyncDisposableStack();
let otlp: Awaited<ReturnType<typeof startOtlpReceiver>>;
let request: ReceivedSpan;
let url = "";

beforeAll(async () => {
  const redis = stack.use(await startRedis());
  const rabbitmq = stack.use(await startRabbitmq());
  otlp = stack.use(await startOtlpReceiver());
  const env = {
    ...otlp.environment,
    OTEL_BSP_SCHEDULE_DELAY: "50",
    REDIS_PORT: String(redis.port),
    RABBITMQ_PORT: String(rabbitmq.port),
  };
  const service = stack.use(
    startProcess(new URL("fixtures/telemetry-brokers.ts", import.meta.url), {
      imports: ["@kontor/kit/telemetry"],
      env,
    }),
  );
  [, url = ""] = await service.waitFor(/listening (http:[^"]+)/);
  await fetch(`${url}/do`);
  request = await otlp.span("request", (span) => span.name === "GET /do");
}, 90_000);

afterAll(() => stack.disposeAsync(), 30_000);

describe("the telemetry preload with real brokers", () => {
  it("ioredis: a command is a child of the request, without its arguments", async () => {
    const span = await otlp.span(
      "SET",
      (each) => each.scope.endsWith("instrumentation-ioredis") && each.name === "set",
    );
    expect(span).toMatchObject({
      kind: spanKind.client,
      traceId: request.traceId,
      parentSpanId: request.spanId,
    });
    expect(JSON.stringify(span)).not.toContain("a secret value");
  });

  it("amqplib: publishing is a child of the request, processing a child of publishing", async () => {
    const isAmqp = (each: ReceivedSpan): boolean => each.scope.endsWith("instrumentation-amqplib");
    const publish = await otlp.span("publish", (each) => isAmqp(each) && each.kind === spanKind.producer);
    expect(publish).toMatchObject({ traceId: request.traceId, parentSpanId: request.spanId });
    const process = await otlp.span("process", (each) => isAmqp(each) && each.kind === spanKind.consumer);
    expect(process).toMatchObject({ traceId: request.traceId, parentSpanId: publish.spanId });
  });

  // Red when: the bus uses amqplib's methods without `withoutConsumerSpans` and `withoutProducerSpans`.
  it("the bus: one span for publishing and one for processing, in one trace with the log line", async () => {
    await fetch(`${url}/bus`);
    const published = await otlp.span("GET /bus", (span) => span.name === "GET /bus");
    const { traceId } = published;
    const processed = await otlp.span(
      "process",
      (each) => each.traceId === traceId && each.kind === spanKind.consumer,
    );
    const mine = otlp.spans.filter((span) => span.traceId === traceId && span.scope.includes("bus"));
    // Either may be exported first.
    expect(mine.map(({ name }) => name).sort()).toEqual(["process things.made", "publish things.made"]);
    const publish = mine.find(({ kind }) => kind === spanKind.producer);
    expect(processed.parentSpanId).toBe(publish?.spanId);
    expect(publish?.parentSpanId).toBe(published.spanId);
    await otlp.log("inside a consumer", traceId);
    const byAmqplib = otlp.spans.filter((span) => span.scope.endsWith("instrumentation-amqplib"));
    expect(byAmqplib.filter((span) => JSON.stringify(span).includes("things.made"))).toEqual([]);
    const depth = await otlp.point("kontor.messaging.queue.depth");
    expect(depth.attributes).toMatchObject({ "messaging.system": "rabbitmq" });
  });
});

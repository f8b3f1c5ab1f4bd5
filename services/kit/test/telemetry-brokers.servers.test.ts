import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ReceivedSpan, spanKind, startOtlpReceiver } from "../src/testing/otlp-receiver.ts";
import { startProcess } from "../src/testing/start-process.ts";
import { type StartedServer, startServer } from "./fixtures/start-server.ts";

const stack = new AsyncDisposableStack();
let otlp: Awaited<ReturnType<typeof startOtlpReceiver>>;
let request: ReceivedSpan;

beforeAll(async () => {
  const redis = stack.use(await startRedis());
  const rabbitmq = await startRabbitmq();
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
  const [, url] = await service.waitFor(/listening (http:[^"]+)/);
  await fetch(`${url}/do`);
  request = await otlp.span("request", (span) => span.name === "GET /do");
}, 90_000);

afterAll(() => stack.disposeAsync(), 30_000);

const startRedis = (): Promise<StartedServer> =>
  startServer("redis-server", async ({ port }) => ({
    args: ["--port", String(port), "--save", "", "--bind", "127.0.0.1"],
  }));

async function startRabbitmq(): Promise<StartedServer> {
  // A name server of Erlang's own for this run: the one RabbitMQ would start outlives it.
  const epmd = stack.use(await startServer("epmd", async ({ port }) => ({ args: ["-port", String(port)] })));
  return stack.use(
    await startServer("rabbitmq-server", async ({ folder, port, freePort }) => {
      const plugins = join(folder, "enabled_plugins");
      await writeFile(plugins, "[].");
      return {
        args: [],
        env: {
          ERL_EPMD_PORT: String(epmd.port),
          RABBITMQ_DIST_PORT: String(await freePort()),
          RABBITMQ_NODENAME: `kontor-${port}@localhost`,
          RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
          RABBITMQ_NODE_PORT: String(port),
          RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
          RABBITMQ_LOG_BASE: join(folder, "log"),
          RABBITMQ_LOGS: "-",
          RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
          RABBITMQ_CONF_ENV_FILE: join(folder, "none.conf"),
          RABBITMQ_CONFIG_FILE: join(folder, "none"),
        },
      };
    }),
  );
}

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
});

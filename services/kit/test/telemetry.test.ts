import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { durationBoundsSeconds } from "../src/metric-names.ts";
import { type ReceivedSpan, spanKind, startOtlpReceiver } from "../src/testing/otlp-receiver.ts";
import { type StartedProcess, startProcess } from "../src/testing/start-process.ts";
import { openTestDatabase, type TestDatabase } from "../src/testing/test-database.ts";

type Receiver = Awaited<ReturnType<typeof startOtlpReceiver>>;

const preload = "@kontor/kit/telemetry";
const stack = new AsyncDisposableStack();
let database: TestDatabase;
let otlp: Receiver;
let service: StartedProcess;
let url: string;

beforeAll(async () => {
  database = stack.use(await openTestDatabase({ schema: "fixture" }));
  otlp = stack.use(await startOtlpReceiver());
  service = stack.use(
    startProcess(new URL("fixtures/telemetry-service.ts", import.meta.url), {
      imports: [preload],
      env: { ...otlp.environment, ...databaseEnvironment() },
    }),
  );
  url = await listeningUrl(service);
});

afterAll(() => stack.disposeAsync());

/** Performs the action and returns its server span. */
async function act(action: string, headers: Record<string, string> = {}): Promise<ReceivedSpan> {
  const traceId = crypto.randomUUID().replaceAll("-", "");
  await fetch(`${url}/do/${action}`, {
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, ...headers },
  });
  return otlp.span(
    `server span of ${action}`,
    (span) => span.traceId === traceId && span.parentSpanId === "00f067aa0ba902b7",
  );
}

/** The child of a span that an instrumentation made. */
function childOf(parent: ReceivedSpan, scope: string, extra: (span: ReceivedSpan) => boolean = () => true) {
  const fits = (span: ReceivedSpan) =>
    span.traceId === parent.traceId &&
    span.parentSpanId === parent.spanId &&
    span.scope.endsWith(scope) &&
    extra(span);
  return otlp.span(`child by ${scope}`, fits);
}

describe("the telemetry preload", () => {
  it("http server: one span, named by the route Express chose", async () => {
    const span = await act("ok");
    expect(span).toMatchObject({ name: "GET /do/:action", kind: spanKind.server });
    expect(span.attributes).toMatchObject({ "http.route": "/do/:action", "http.response.status_code": 200 });
  });

  // Red when: toHttpRoute keeps the concrete path or the name of the wildcard.
  it("http server: a proxied path has a route of low cardinality", async () => {
    await fetch(`${url}/proxy/some/thing/4711`, { method: "POST" });
    const span = await otlp.span("proxy", (each) => each.attributes["http.route"] === "/proxy/*");
    expect(span.name).toBe("POST /proxy/*");
  });

  it("http client: node:http and fetch are children of the request and parents of what they call", async () => {
    for (const [action, scope] of [
      ["http", "instrumentation-http"],
      ["fetch", "instrumentation-undici"],
    ] as const) {
      const parent = await act(action);
      const client = await childOf(parent, scope);
      expect(client.kind).toBe(spanKind.client);
      expect(await childOf(client, "instrumentation-http")).toMatchObject({
        kind: spanKind.server,
        name: "GET /do/:action",
      });
    }
  });

  // Red when: describeIncoming, describeOutgoing or describeFetch is taken out of the configuration.
  it("no query values and no addresses of people are recorded", async () => {
    const parent = await act("fetch");
    const client = await childOf(parent, "instrumentation-undici");
    const server = await childOf(client, "instrumentation-http");
    const other = await childOf(await act("http"), "instrumentation-http");
    expect(server.attributes["url.query"]).toBe("q=*&limit=20");
    expect(client.attributes["url.full"]).toMatch(/\?q=\*&limit=20$/);
    expect(other.attributes["url.full"]).toMatch(/\/do\/ok\?q=\*$/);
    expect(JSON.stringify([server, client, other])).not.toContain("ller");
    expect(Object.keys(server.attributes)).not.toContain("client.address");
    expect(Object.keys(server.attributes)).not.toContain("network.peer.address");
  });

  it("pg: the statement, where it stands, and a keyed hash of its parameters, never their values", async () => {
    const first = await childOf(await act("query"), "instrumentation-pg");
    const second = await childOf(await act("query"), "instrumentation-pg");
    expect(first).toMatchObject({ kind: spanKind.client });
    expect(first.attributes).toMatchObject({
      "db.system.name": "postgresql",
      "db.query.text": "select $1::text as secret",
      "code.function.name": "orders.find",
      "kontor.db.parameters_hash": expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(second.attributes["kontor.db.parameters_hash"]).toBe(
      first.attributes["kontor.db.parameters_hash"],
    );
    expect(JSON.stringify(first)).not.toContain("4111");
  });

  // Red when: redactStatusOf is no longer called by the query describer.
  it("pg: an error does not carry the value it is about", async () => {
    const span = await childOf(await act("refused"), "instrumentation-pg");
    expect(span.status).toEqual({ code: 2, message: 'invalid input syntax for type uuid: "?"' });
    expect(JSON.stringify(span)).not.toContain("Miriam");
  });

  // Red when: PoolContextInstrumentation is taken out of the set.
  it("pg: a statement that waited for a connection stays in the trace of the request that asked for it", async () => {
    const parents = await Promise.all([act("slow"), act("slow"), act("slow")]);
    for (const parent of parents) {
      const statement = await childOf(parent, "instrumentation-pg");
      expect(statement.attributes["code.function.name"]).toBe("orders.slow");
    }
    // Red when: watchWait makes no span. The pool holds one connection, so two of the three had to wait for it.
    const traceIds = parents.map((parent) => parent.traceId);
    const waits = () =>
      otlp.spans.filter(({ scope, traceId }) => scope.endsWith("pool-context") && traceIds.includes(traceId));
    await expect.poll(() => waits().length).toBe(2);
    expect(waits()[0]).toMatchObject({
      name: "pg-pool.connect",
      kind: spanKind.client,
      attributes: { "db.system.name": "postgresql" },
    });
  });

  it("graphql: spans of parsing and execution", async () => {
    const span = await childOf(await act("graphql"), "instrumentation-graphql", (each) =>
      each.name.startsWith("query"),
    );
    expect(span.name).toBe("query Greeting");
  });

  // Red when: a module of the preload imports pino, so that it is loaded before it can be instrumented.
  it("pino: a line inside a request carries its trace, on standard output and as a log record", async () => {
    const span = await act("ok");
    const log = await otlp.log("inside a request", span.traceId);
    expect(log).toMatchObject({ severity: "info", spanId: span.spanId });
    expect(service.output()).toMatch(new RegExp(`"trace_id":"${span.traceId}","span_id":"${span.spanId}"`));
  });

  it("metrics: http, database, pool, process and runtime, with our bounds", async () => {
    await act("query");
    const http = await otlp.point("http.server.request.duration");
    expect(http.bounds).toEqual(durationBoundsSeconds);
    const database = await otlp.point("db.client.operation.duration");
    expect(database.bounds).toEqual(durationBoundsSeconds);
    for (const name of [
      "db.client.connection.count",
      "process.cpu.time",
      "process.memory.usage",
      "nodejs.eventloop.delay.p99",
      "v8js.memory.heap.used",
    ]) {
      await otlp.point(name);
    }
    expect(await otlp.point("kontor.process.cpu.allowed")).toMatchObject({ unit: "{cpu}" });
    expect(otlp.points.filter((point) => /^system\.|physical_size/.test(point.name))).toEqual([]);
  });

  it("health requests leave no span and no metric", async () => {
    await fetch(`${url}/health`);
    await act("ok");
    expect(otlp.spans.filter((span) => String(span.attributes["url.path"]).startsWith("/health"))).toEqual(
      [],
    );
  });

  it("a caller cannot switch the observation of its request off", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    await fetch(`${url}/do/ok`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-00` } });
    await otlp.span("unsampled by its caller", (span) => span.traceId === traceId);
  });

  it("the resource names service, version and instance, and not the command line", async () => {
    await act("ok");
    expect(otlp.resources[0]).toMatchObject({
      "service.name": "fixture",
      "service.version": "4.5.6",
      "service.instance.id": expect.any(String),
    });
    expect(Object.keys(otlp.resources[0] ?? {}).filter((name) => /^(process|host)\./.test(name))).toEqual([]);
  });
});

describe("the telemetry preload around a process", () => {
  // Red when: flushAtEnd is not called.
  it("sends the last batch on SIGTERM, and the process ends with 0", async () => {
    await using receiver = await startOtlpReceiver();
    const env = { ...receiver.environment, ...databaseEnvironment(), OTEL_BSP_SCHEDULE_DELAY: "60000" };
    await using other = startProcess(new URL("fixtures/telemetry-service.ts", import.meta.url), {
      imports: [preload],
      env,
    });
    await fetch(`${await listeningUrl(other)}/do/ok`);
    other.child.kill("SIGTERM");
    expect(await other.ended).toBe(0);
    expect(receiver.spans.map((span) => span.name)).toContain("GET /do/:action");
  });

  // Red when: the deadline of flushWithin is removed.
  it("a collector that is away holds the end of the process for no more than the deadline", async () => {
    const env = { ...databaseEnvironment(), OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
    await using other = startProcess(new URL("fixtures/telemetry-service.ts", import.meta.url), {
      imports: [preload],
      env,
    });
    await fetch(`${await listeningUrl(other)}/do/ok`);
    const startedAt = performance.now();
    other.child.kill("SIGTERM");
    await other.ended;
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect(other.output()).toMatch(/"msg":"closed"/);
  });

  it("OTEL_SDK_DISABLED=true sends nothing", async () => {
    await using receiver = await startOtlpReceiver();
    const env = { ...receiver.environment, ...databaseEnvironment(), OTEL_SDK_DISABLED: "true" };
    await using other = startProcess(new URL("fixtures/telemetry-service.ts", import.meta.url), {
      imports: [preload],
      env,
    });
    await fetch(`${await listeningUrl(other)}/do/ok`);
    other.child.kill("SIGTERM");
    expect(await other.ended).toBe(0);
    expect([receiver.spans, receiver.points, receiver.logs]).toEqual([[], [], []]);
  });
});

function databaseEnvironment(): Record<string, string> {
  const { port, database: name, user, password } = database.options;
  return {
    SERVICE_VERSION: "4.5.6",
    KONTOR_HASH_KEY: "a key for tests",
    OTEL_BSP_SCHEDULE_DELAY: "50",
    OTEL_BLRP_SCHEDULE_DELAY: "50",
    OTEL_METRIC_EXPORT_INTERVAL: "200",
    POSTGRES_PORT: String(port),
    POSTGRES_DATABASE: name,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password,
  };
}

async function listeningUrl(process: StartedProcess): Promise<string> {
  return (await process.waitFor(/listening (http:[^"]+)/))[1] ?? "";
}

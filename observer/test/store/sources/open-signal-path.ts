import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startCollector } from "@kontor/kit/testing/servers/collector";
import { type InfluxdbServer, startInfluxdb } from "@kontor/kit/testing/servers/influxdb";
import { type PrometheusServer, startPrometheus } from "@kontor/kit/testing/servers/prometheus";
import { startSink } from "@kontor/kit/testing/servers/sink";
import type { SignalName } from "../../../src/signals/catalogue.ts";
import type { Samples } from "../../../src/signals/signal-source.ts";
import type { Ask } from "../../../src/store/sources/guard-reads.ts";
import { createInfluxdbAsk } from "../../../src/store/sources/influxdb/influxdb-source.ts";
import { createPrometheusAsk } from "../../../src/store/sources/prometheus/prometheus-source.ts";
import { createStreamSource, type StreamSource } from "../../../src/store/windows/stream-source.ts";
import { openReceiver } from "../../ingest/receiver-fixture.ts";
import { createTestService } from "./test-service.ts";

export type SourceName = "stream" | "prometheus" | "influxdb";

export const sourceNames: readonly SourceName[] = ["stream", "prometheus", "influxdb"];

/** The whole way of a metric: OTLP into the real collector, from there to the observer's windows, to Prometheus and to InfluxDB. */
export interface SignalPath extends AsyncDisposable {
  /** Sends what services export at one time, in one request. */
  send(...exports: readonly unknown[]): Promise<void>;
  sendSpans(document: unknown): Promise<void>;
  /** Resolves when all that was sent can be read everywhere. */
  settled(): Promise<void>;
  read(source: SourceName, signal: SignalName, windowSeconds: number, atMs: number): Promise<Samples>;
  /** Requests for answers that a source has made so far; 0 for the stream. */
  queries(source: SourceName): number;
  /** A whole minute half an hour ago: the beginning of the time in which tests place their telemetry. */
  readonly baseMs: number;
  readonly stream: StreamSource;
  readonly prometheus: PrometheusServer;
  readonly influxdb: InfluxdbServer;
}

/** A counter as a configuration may name it. */
export const countedSignal = "counter:shop.orders.placed";

const readDeadlineMs = 20_000;

export async function openSignalPath(): Promise<SignalPath> {
  const stack = new AsyncDisposableStack();
  // Long enough for telemetry of half an hour ago, where the tests place theirs.
  const stream = createStreamSource({ longestWindowSeconds: 3_600 });
  stream.follow([countedSignal]);
  const observer = stack.use(
    await openReceiver({ now: Date.now, onBatch: (batch) => stream.addBatch(batch) }),
  );
  const prometheus = stack.use(await startPrometheus());
  const influxdb = stack.use(await startInfluxdb());
  const nowhere = stack.use(await startSink());
  const collector = stack.use(
    await startCollector({
      environment: {
        OBSERVER_OTLP_URL: observer.url,
        PROMETHEUS_OTLP_URL: prometheus.otlpUrl,
        INFLUXDB_URL: influxdb.url,
        INFLUXDB_ORG: influxdb.organisation,
        INFLUXDB_BUCKET: influxdb.bucket,
        INFLUXDB_TOKEN: influxdb.token,
        LOKI_OTLP_URL: nowhere.url,
        JAEGER_OTLP_ADDRESS: new URL(nowhere.url).host,
      },
    }),
  );
  const [promqlDoor, fluxDoor] = [
    stack.use(await openCountingDoor(prometheus.url)),
    stack.use(await openCountingDoor(influxdb.url)),
  ];
  const asks: Readonly<Record<SourceName, Ask>> = {
    stream: async (signal, windowSeconds, atMs) => stream.read(signal, windowSeconds, atMs),
    prometheus: createPrometheusAsk({ url: promqlDoor.url }),
    influxdb: createInfluxdbAsk({ ...influxdb, url: fluxDoor.url }),
  };
  const post = async (path: string, document: unknown): Promise<void> => {
    const response = await fetch(`${collector.otlpUrl}${path}`, {
      method: "POST",
      body: JSON.stringify(document),
      headers: { "content-type": "application/json" },
    });
    if (!response.ok) throw new Error(`the collector answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  };
  const read: SignalPath["read"] = (source, signal, windowSeconds, atMs) =>
    asks[source](signal, windowSeconds, atMs, AbortSignal.timeout(readDeadlineMs));
  const marker = createTestService({ name: "marker" });
  let mark = 0;
  return {
    baseMs: Math.floor(Date.now() / 60_000) * 60_000 - 1_800_000,
    send: (...exports) => post("/v1/metrics", { resourceMetrics: exports }),
    sendSpans: (document) => post("/v1/traces", document),
    async settled() {
      // Exporters keep the order, so that what came before has arrived when this has.
      mark += 1;
      const atMs = Date.now();
      marker.gauge("process.memory.usage", "By", mark * 1e6);
      await post("/v1/metrics", { resourceMetrics: [marker.export(atMs)] });
      for (const source of sourceNames) {
        await until(`${source} has everything`, async () => {
          const samples = await read(source, "memoryMb", 60, atMs);
          return [...samples.values()].some(
            ({ subject, value }) => subject.service === "marker" && Math.round(value) === mark,
          );
        });
      }
    },
    read,
    queries: (source) => ({ stream: 0, prometheus: promqlDoor.passed, influxdb: fluxDoor.passed })[source],
    ...{ stream, prometheus, influxdb },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Hands requests on to a server and counts them. */
async function openCountingDoor(target: string) {
  const door = {
    passed: 0,
    url: "",
    [Symbol.asyncDispose]: () => close(server),
  };
  const server = createServer(async (request, response) => {
    door.passed += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = new Headers();
    for (const name of ["authorization", "content-type", "accept"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const answer = await fetch(new URL(request.url ?? "/", target), {
      method: request.method ?? "GET",
      headers,
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  door.url = await listen(server);
  return door;
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Asks until it is so, for at most 30 s. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAtMs) throw new Error(`it never came that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

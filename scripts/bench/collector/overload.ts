import { setTimeout as sleep } from "node:timers/promises";
import { type CollectorServer, startCollector } from "@kontor/kit/testing/servers/collector";
import { startInfluxdb } from "@kontor/kit/testing/servers/influxdb";
import { startPrometheus } from "@kontor/kit/testing/servers/prometheus";
import { startSink } from "@kontor/kit/testing/servers/sink";
import { readPssBytes } from "../process-memory.ts";
import { createPointPayload } from "./point-payload.ts";
import { createPointSender, type PointSender, type Sent } from "./point-sender.ts";
import { countLost, type Loss, readFromInfluxdb, readFromPrometheus } from "./stored-points.ts";

export type OverloadOptions = {
  /** How long the overload lasts. InfluxDB goes away after a sixth of it. */
  seconds: number;
  influxdbAwaySeconds: number;
  /** Ends it early, with an error. */
  signal?: AbortSignal;
  tell(line: string): void;
};

export type OverloadResult = {
  /** Points a second that the collector accepts when senders wait for its answers. */
  saturationPerSecond: number;
  offeredPerSecond: number;
  points: { offered: number; accepted: number; refused: number; failed: number; heldBack: number };
  lost: { prometheus: Loss; influxdb: Loss };
  /** From the end of the overload until the queues were empty. */
  drainSeconds: number;
  /** The collector's, at its largest; undefined where the kernel does not tell. */
  memoryMaxBytes: number | undefined;
};

const seriesCount = 100;
/** On a machine that others use, too, the best of a few is nearest to what the collector can take. */
const saturationRounds = 4;
const saturationSeconds = 4;
const factor = 3;
const drainDeadlineSeconds = 600;

/**
 * One processor for the collector, so that its senders and backends are not what gives way first; and a queue that an
 * InfluxDB away under this load fills, so that refusing is a part of the run.
 */
const collectorLimits = { GOMAXPROCS: "1", MEMORY_LIMIT_MIB: "300", QUEUE_ITEMS: "1000000" };

/** The collector as shipped, overloaded three times, with InfluxDB away for a while. */
export async function runOverload(options: OverloadOptions): Promise<OverloadResult> {
  const { signal } = options;
  await using sink = await startSink();
  await using prometheus = await startPrometheus();
  await using influxdb = await startInfluxdb();
  await using collector = await startCollector({
    environment: {
      ...collectorLimits,
      OBSERVER_OTLP_URL: sink.url,
      PROMETHEUS_OTLP_URL: prometheus.otlpUrl,
      INFLUXDB_URL: influxdb.url,
      INFLUXDB_ORG: influxdb.organisation,
      INFLUXDB_BUCKET: influxdb.bucket,
      INFLUXDB_TOKEN: influxdb.token,
    },
  });
  const payload = createPointPayload("load", seriesCount);
  // In the past, so that no point is in the future however many are offered.
  const firstTimeNs = BigInt(Date.now() - 45 * 60_000) * 1_000_000n;
  using sender = createPointSender(collector.otlpUrl, payload, firstTimeNs, signal);
  using memory = watchMemory(collector);
  const requestsPerSecond = await findSaturation(sender);
  options.tell(
    `The collector accepts ${Math.round(requestsPerSecond * seriesCount).toLocaleString("en")} points/s.`,
  );
  const away = (async () => {
    await sleep((options.seconds * 1_000) / 6, undefined, { signal });
    await influxdb.stop();
    options.tell("InfluxDB is away.");
    await sleep(options.influxdbAwaySeconds * 1_000, undefined, { signal });
    await influxdb.restart();
    options.tell("InfluxDB is back.");
  })();
  await Promise.all([sender.send(requestsPerSecond * factor, options.seconds), away]);
  options.tell("Waiting until the queues are empty.");
  const drainSeconds = await drain(collector, prometheus.url, signal);
  const { outcome, offered } = sender.sent;
  return {
    saturationPerSecond: requestsPerSecond * seriesCount,
    offeredPerSecond: requestsPerSecond * factor * seriesCount,
    points: toPoints(sender.sent),
    lost: {
      prometheus: await countLost(outcome, offered, seriesCount, (series) =>
        readFromPrometheus(prometheus, series),
      ),
      influxdb: await countLost(outcome, offered, seriesCount, (series) =>
        readFromInfluxdb(influxdb, series),
      ),
    },
    drainSeconds,
    memoryMaxBytes: memory.maxBytes(),
  };
}

/** The first round is for warming up, and counts for nothing. */
async function findSaturation(sender: PointSender): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round <= saturationRounds; round += 1)
    rounds.push(await sender.saturate(saturationSeconds));
  return Math.max(...rounds.slice(1));
}

function toPoints({ offered, accepted, refused, failed, heldBack }: Sent): OverloadResult["points"] {
  return {
    offered: (offered + heldBack) * seriesCount,
    accepted: accepted * seriesCount,
    refused: refused * seriesCount,
    failed: failed * seriesCount,
    heldBack: heldBack * seriesCount,
  };
}

function watchMemory({ pid }: CollectorServer): Disposable & { maxBytes(): number | undefined } {
  let max: number | undefined;
  const look = (): void => {
    const bytes = readPssBytes([pid]);
    if (bytes !== undefined) max = Math.max(max ?? 0, bytes);
  };
  const timer = setInterval(look, 1_000);
  return { maxBytes: () => max, [Symbol.dispose]: () => clearInterval(timer) };
}

/** The collector says of itself, through Prometheus, what still waits. @returns seconds until that was nothing, twice in a row */
async function drain(
  collector: CollectorServer,
  prometheusUrl: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const startedAt = performance.now();
  const query = `${prometheusUrl}/api/v1/query?query=sum(otelcol_exporter_queue_size{exporter=~"influxdb|otlp_http/prometheus"})`;
  for (let empty = 0; empty < 3; ) {
    await sleep(5_000, undefined, { signal });
    const { data } = (await (await fetch(query)).json()) as {
      data: { result: { value: [number, string] }[] };
    };
    empty = data.result[0]?.value[1] === "0" ? empty + 1 : 0;
    if ((performance.now() - startedAt) / 1_000 > drainDeadlineSeconds) {
      throw new Error(
        `the queues are not empty after ${drainDeadlineSeconds} s:\n${collector.output().slice(-2_000)}`,
      );
    }
  }
  return (performance.now() - startedAt) / 1_000;
}

import { setInterval as everyMs } from "node:timers/promises";
import { startCollector } from "@kontor/kit/testing/servers/collector";
import { logsOf, metricsOf, nanoseconds, sendOtlp, serviceAttributes, span, tracesOf } from "../otlp.ts";
import { startOtlpRecorder } from "../otlp-recorder.ts";

/** The shortest queue that the configuration allows: it has to hold a batch. */
const queueItems = 2_000;
const feedEveryMs = 2_000;
/** Nobody listens there. */
const away = "127.0.0.1:9";

/**
 * A second collector as shipped, until disposal, that loses of every signal and says so to the same Prometheus as the first: its
 * observer refuses for good, Jaeger, InfluxDB and Loki are away, and it gets more than its queues have room for.
 *
 * @param prometheusUrl of the API
 */
export async function startLosingCollector(prometheusUrl: string): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const observer = stack.use(await startOtlpRecorder());
  observer.answer(400);
  const environment = {
    QUEUE_ITEMS: String(queueItems),
    KEPT_TRACE_PERCENT: "100",
    OBSERVER_OTLP_URL: observer.url,
    PROMETHEUS_OTLP_URL: `${prometheusUrl}/api/v1/otlp`,
    INFLUXDB_URL: `http://${away}`,
    JAEGER_OTLP_ADDRESS: away,
    LOKI_OTLP_URL: `http://${away}/otlp`,
  };
  const { otlpUrl } = stack.use(await startCollector({ environment }));
  stack.use(startFeeding(otlpUrl));
  const opened = stack.move();
  return { [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Again and again, since a rate needs a counter that still grows. */
function startFeeding(otlpUrl: string): AsyncDisposable {
  const stop = new AbortController();
  const feeding = (async () => {
    for await (const _ of everyMs(feedEveryMs, undefined, { signal: stop.signal })) {
      const feed = Object.entries(toFeed(Date.now())) as [keyof Feed, object][];
      await Promise.all(feed.map(([signal, payload]) => sendOtlp(otlpUrl, signal, payload)));
    }
  })();
  // Whoever disposes of it looks at it.
  feeding.catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await feeding.catch((error: unknown) => {
        if (!stop.signal.aborted || (error as Error).name !== "AbortError") throw error;
      });
    },
  };
}

type Feed = { traces: object; metrics: object; logs: object };

/** As much of each signal as a queue has room for. */
function toFeed(nowMs: number): Feed {
  const resource = serviceAttributes("crowd");
  const times = Array.from({ length: queueItems }, (_, index) => nanoseconds(nowMs - index));
  const { traceId } = span({ name: "/crowd" });
  const dataPoints = times.map((timeUnixNano) => ({ timeUnixNano, asInt: "1" }));
  const lines = times.map((timeUnixNano) => ({ timeUnixNano, body: { stringValue: "one of a crowd" } }));
  return {
    traces: tracesOf(
      resource,
      times.map(() => span({ name: "/crowd", traceId }).json),
    ),
    metrics: metricsOf(resource, [{ name: "crowd", gauge: { dataPoints } }]),
    logs: logsOf(resource, lines),
  };
}

/** Bounds of the http histogram in the semantic conventions, in seconds. */
const boundsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const exportEveryMs = 1_000;
const healthyMemoryBytes = 100e6;
const fastSeconds = 0.02;

export type SyntheticService = Disposable & {
  name: string;
  /** From now on every request that begins takes this long. @returns the moment, in ms since the epoch */
  slowDown(seconds: number): number;
  /** From now on the process is this large. @returns the moment */
  grow(bytes: number): number;
};

/**
 * A service as the observer sees one: sends cumulative request durations and its memory once a second over OTLP/JSON.
 * Its requests need no machine, so that a hundred such services disturb nothing.
 *
 * @param otlpUrl `http://host:port`
 */
export function startSyntheticService(
  otlpUrl: string,
  name: string,
  requestsPerSecond: number,
): SyntheticService {
  const startedAtNs = `${BigInt(Date.now()) * 1_000_000n}`;
  const counts = boundsSeconds.map(() => 0).concat(0);
  let sumSeconds = 0;
  let memoryBytes = healthyMemoryBytes;
  let durationSeconds = fastSeconds;

  const serve = (): void => {
    const taken = durationSeconds;
    setTimeout(() => {
      const bucket = boundsSeconds.findIndex((bound) => taken <= bound);
      const index = bucket === -1 ? boundsSeconds.length : bucket;
      counts[index] = (counts[index] ?? 0) + 1;
      sumSeconds += taken;
    }, taken * 1_000);
  };
  const send = (): void => {
    const body = JSON.stringify(toPayload(name, startedAtNs, [...counts], sumSeconds, memoryBytes));
    void fetch(`${otlpUrl}/v1/metrics`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    })
      .then((response) => response.body?.cancel())
      .catch(() => {});
  };
  const serving = setInterval(serve, 1_000 / requestsPerSecond);
  // Exports of different processes are never in step.
  let sending: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    send();
    sending = setInterval(send, exportEveryMs);
  }, Math.random() * exportEveryMs);
  return {
    name,
    slowDown(seconds) {
      durationSeconds = seconds;
      return Date.now();
    },
    grow(bytes) {
      memoryBytes = bytes;
      return Date.now();
    },
    [Symbol.dispose]() {
      clearInterval(serving);
      clearTimeout(first);
      clearInterval(sending);
    },
  };
}

function toPayload(
  name: string,
  startNs: string,
  counts: number[],
  sum: number,
  memoryBytes: number,
): object {
  const times = { startTimeUnixNano: startNs, timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}` };
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const request = [
    text("http.request.method", "GET"),
    text("http.route", "/bench"),
    { key: "http.response.status_code", value: { intValue: "200" } },
  ];
  const count = counts.reduce((total, each) => total + each, 0);
  const histogram = {
    ...times,
    attributes: request,
    count: String(count),
    sum,
    bucketCounts: counts.map(String),
    explicitBounds: boundsSeconds,
  };
  const metrics = [
    {
      name: "http.server.request.duration",
      unit: "s",
      histogram: { aggregationTemporality: 2, dataPoints: [histogram] },
    },
    {
      name: "process.memory.usage",
      unit: "By",
      sum: {
        aggregationTemporality: 2,
        isMonotonic: false,
        dataPoints: [{ ...times, asInt: String(memoryBytes) }],
      },
    },
  ];
  const attributes = [
    text("service.name", name),
    text("service.namespace", "bench"),
    text("service.instance.id", `${name}-1`),
    text("deployment.environment.name", "embedded"),
  ];
  return {
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: { name: "bench" }, metrics }] }],
  };
}

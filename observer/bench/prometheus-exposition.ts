import {
  boundsSeconds,
  coresAllowed,
  cpuSecondsPerSecond,
  failuresPerSecond,
  requestsPerSecondByBucket,
  routeNames,
} from "./rule-load.ts";

/** What a service of the load exposes after so many seconds, in Prometheus' text format, by the names of the OTLP translation. */
export function expose(elapsedSeconds: number): string {
  const lines = [
    "# TYPE http_server_request_duration_seconds histogram",
    ...routeNames.flatMap((route) => [
      ...exposeHistogram(route, "200", requestsPerSecondByBucket, elapsedSeconds),
      ...exposeHistogram(route, "500", failureBuckets, elapsedSeconds),
    ]),
    "# TYPE process_cpu_time_seconds_total counter",
    `process_cpu_time_seconds_total ${(cpuSecondsPerSecond * elapsedSeconds).toFixed(3)}`,
    "# TYPE process_cpu_allowed gauge",
    `process_cpu_allowed ${coresAllowed}`,
  ];
  return `${lines.join("\n")}\n`;
}

const failureBuckets = boundsSeconds.map((bound) => (bound === 0.025 ? failuresPerSecond : 0)).concat(0);

function exposeHistogram(
  route: string,
  status: string,
  perSecond: readonly number[],
  elapsedSeconds: number,
): string[] {
  const labels = `http_request_method="GET",http_route="${route}",http_response_status_code="${status}"`;
  const name = "http_server_request_duration_seconds";
  let total = 0;
  const buckets = perSecond.map((count, index) => {
    total += Math.floor(count * elapsedSeconds);
    return `${name}_bucket{${labels},le="${boundsSeconds[index] ?? "+Inf"}"} ${total}`;
  });
  return [
    ...buckets,
    `${name}_sum{${labels}} ${(total * 0.05).toFixed(3)}`,
    `${name}_count{${labels}} ${total}`,
  ];
}

import { attributes, jsonMetrics, jsonTraces } from "../ingest/decode-fixture.ts";

/** Every value below is in no other request, as where ids get into attributes and routes. */
export interface FloodPart {
  readonly path: "/v1/traces" | "/v1/metrics";
  readonly items: number;
  readonly document: unknown;
}

const nano = (ms: number): string => `${Math.floor(ms)}000000`;

/** Running totals, one series for each user: none can be added to another. */
export function gaugesByUser(from: number, items: number, nowMs: number): FloodPart {
  const dataPoints = Array.from({ length: items }, (_, index) => ({
    attributes: attributes({ "user.id": `user-${from + index}` }),
    timeUnixNano: nano(nowMs),
    asDouble: 1,
  }));
  const metric = { name: "cart.size", gauge: { dataPoints } };
  return { path: "/v1/metrics", items, document: jsonMetrics([metric], { "service.name": "flood" }) };
}

/** Differences, one series for each path: they can be added up. */
export function requestsByPath(from: number, items: number, nowMs: number): FloodPart {
  const dataPoints = Array.from({ length: items }, (_, index) => ({
    attributes: attributes({ "http.request.method": "GET", "http.route": `/orders/${from + index}` }),
    startTimeUnixNano: nano(nowMs - 1000),
    timeUnixNano: nano(nowMs),
    count: "1",
    sum: 0.2,
    bucketCounts: ["0", "1", "0"],
    explicitBounds: [0.1, 0.5],
  }));
  const histogram = { aggregationTemporality: 1, dataPoints };
  const metric = { name: "http.server.request.duration", unit: "s", histogram };
  return { path: "/v1/metrics", items, document: jsonMetrics([metric], { "service.name": "flood" }) };
}

/** Requests whose route holds an id. */
export function spansByPath(from: number, items: number, nowMs: number): FloodPart {
  const spans = Array.from({ length: items }, (_, index) => ({
    ...{
      traceId: hex(from + index + 1, 32),
      spanId: hex(from + index + 1, 16),
      name: `GET /items/${from + index}`,
    },
    ...{ kind: 2, startTimeUnixNano: nano(nowMs - 20), endTimeUnixNano: nano(nowMs) },
    attributes: attributes({ "http.request.method": "GET", "http.route": `/items/${from + index}` }),
  }));
  return { path: "/v1/traces", items, document: jsonTraces(spans, { "service.name": "flood-of-spans" }) };
}

/** Senders that call themselves something new each time. */
export function newSenders(from: number, items: number, nowMs: number): FloodPart {
  const resourceMetrics = Array.from({ length: items }, (_, index) => {
    const gauge = { dataPoints: [{ timeUnixNano: nano(nowMs), asDouble: 1 }] };
    const resource = { "service.name": "pods", "service.instance.id": `pod-${from + index}` };
    return jsonMetrics([{ name: "pods.up", gauge }], resource).resourceMetrics[0];
  });
  return { path: "/v1/metrics", items, document: { resourceMetrics } };
}

/** One request of a sender that behaves, with as many series as it may have. */
export function goodSeries(series: number, nowMs: number): FloodPart {
  const dataPoints = Array.from({ length: series }, (_, index) => ({
    attributes: attributes({ shelf: `shelf-${index}` }),
    startTimeUnixNano: nano(nowMs - 60_000),
    timeUnixNano: nano(nowMs),
    asInt: "1",
  }));
  const metric = { name: "shelf.items", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } };
  return { path: "/v1/metrics", items: series, document: jsonMetrics([metric], { "service.name": "good" }) };
}

/** One request of a sender that behaves. @param index makes its trace one of its own */
export function goodSpan(index: number, nowMs: number): FloodPart {
  const span = {
    ...{ traceId: hex(2 ** 40 + index, 32), spanId: hex(2 ** 40 + index, 16), name: "GET /good", kind: 2 },
    ...{ startTimeUnixNano: nano(nowMs - 20), endTimeUnixNano: nano(nowMs) },
    attributes: attributes({ "http.request.method": "GET", "http.route": "/good" }),
  };
  return { path: "/v1/traces", items: 1, document: jsonTraces([span], { "service.name": "good" }) };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

import { randomBytes } from "node:crypto";
import { attributes } from "../../ingest/decode-fixture.ts";

/** Server spans of `GET /orders`, each a trace of its own, in OTLP JSON. */
export function requestSpans(requests: { count: number; seconds: number; status: number; endMs: number }) {
  const { count, seconds, status, endMs } = requests;
  return Array.from({ length: count }, () => ({
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    name: "GET /orders",
    kind: 2,
    startTimeUnixNano: `${Math.round(endMs - seconds * 1000)}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: attributes({
      "http.request.method": "GET",
      "http.route": "/orders",
      "http.response.status_code": status,
    }),
    status: status >= 500 ? { code: 2 } : {},
  }));
}

import { randomFillSync } from "node:crypto";
import { gzipSync } from "node:zlib";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";

/** Spans of one trace: a request and nine things done for it, with the attributes that our own instrumentation sends. */
export const spansPerTrace = 10;

const instances = ["gateway", "auth", "core-erp", "notification"].map((service) => ({
  attributes: {
    "service.name": service,
    "service.namespace": "kontor",
    "service.version": "1.0.0",
    "service.instance.id": `${service}-4f1d2c7a`,
    "deployment.environment.name": "bench",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "3.0.0",
  },
}));
const http = { name: "@opentelemetry/instrumentation-http", version: "0.300.0" };
const pg = { name: "@opentelemetry/instrumentation-pg", version: "0.300.0" };
const routes = ["/api/orders/:id", "/api/orders", "/api/customers/:id", "/api/items", "/api/stock/:sku"];
const columns = [
  "id",
  "number",
  "customer_id",
  "status",
  "placed_at",
  "total_cents",
  "currency",
  "version",
  "note",
];

/** Where in a serialised request something stands that is new in every request. */
interface Places {
  readonly traceIds: readonly (readonly number[])[];
  readonly spanIds: readonly (readonly number[])[];
  readonly times: readonly { readonly at: number; readonly offsetNs: bigint }[];
}

/**
 * Requests of many spans, each with ids and times of its own. The serialiser is OpenTelemetry's and runs once; for each request the
 * ids and times in its output are overwritten, so that making load costs little beside taking it.
 */
export function createRequestMaker(traces: number): () => Buffer {
  const templates = instances.map((instance, index) => createTemplate(instance, traces, index));
  let next = 0;
  return () => {
    const { bytes, places } = templates[next++ % templates.length] as (typeof templates)[number];
    const now = BigInt(Date.now()) * 1_000_000n;
    const id = Buffer.alloc(16);
    for (const spots of places.traceIds) {
      randomFillSync(id);
      for (const at of spots) id.copy(bytes, at);
    }
    for (const spots of places.spanIds) {
      randomFillSync(id, 0, 8);
      for (const at of spots) id.copy(bytes, at, 0, 8);
    }
    for (const { at, offsetNs } of places.times) bytes.writeBigUInt64LE(now - offsetNs, at);
    return gzipSync(bytes, { level: 1 });
  };
}

function createTemplate(resource: object, traces: number, seed: number): { bytes: Buffer; places: Places } {
  const spans = Array.from({ length: traces }, (_, index) => createTrace(index, resource, seed)).flat();
  const bytes = Buffer.from(ProtobufTraceSerializer.serializeRequest(spans as never) ?? []);
  const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
  const traceIds = unique(spans.map((span) => span.spanContext().traceId)).map((id) =>
    findAll(bytes, Buffer.from(id, "hex")),
  );
  const spanIds = spans.map((span) => findAll(bytes, Buffer.from(span.spanContext().spanId, "hex")));
  const times = unique(spans.flatMap(({ startNs, endNs }) => [startNs, endNs])).flatMap((time) => {
    const pattern = Buffer.alloc(8);
    pattern.writeBigUInt64LE(time);
    return findAll(bytes, pattern).map((at) => ({ at, offsetNs: baseNs - time }));
  });
  return { bytes, places: { traceIds, spanIds, times } };
}

const baseNs = 1_700_000_000_000_000_000n;

function createTrace(index: number, resource: object, seed: number) {
  const traceId = randomFillSync(Buffer.alloc(16)).toString("hex");
  const ids = Array.from({ length: spansPerTrace }, () => randomFillSync(Buffer.alloc(8)).toString("hex"));
  const route = routes[(index + seed) % routes.length] as string;
  // The request ends at the base; what is done for it lies inside.
  const durationNs = 20_000_000n + BigInt((index * 7919) % 100) * 1_000_000n;
  return ids.map((spanId, place) => {
    const isRoot = place === 0;
    const startNs = isRoot ? baseNs - durationNs : baseNs - durationNs + BigInt(place) * 1_900_007n;
    const endNs = isRoot ? baseNs : startNs + 1_500_003n;
    return {
      ...{
        startNs,
        endNs,
        resource,
        kind: isRoot ? 1 : 2,
        links: [],
        events: [],
        ended: true,
        status: { code: 0 },
      },
      ...{
        droppedAttributesCount: 0,
        droppedEventsCount: 0,
        droppedLinksCount: 0,
        duration: toTime(endNs - startNs),
      },
      name: isRoot ? `GET ${route}` : "pg.query:SELECT kontor",
      spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
      parentSpanContext: isRoot ? undefined : { traceId, spanId: ids[0] as string, traceFlags: 1 },
      startTime: toTime(startNs),
      endTime: toTime(endNs),
      instrumentationScope: isRoot ? http : pg,
      attributes: isRoot ? requestAttributes(route, index) : queryAttributes(place, index),
    };
  });
}

function requestAttributes(route: string, index: number) {
  return {
    "http.request.method": "GET",
    "url.scheme": "http",
    "url.path": route.replace(/:\w+/, `${1000 + index}`),
    "server.address": "127.0.0.1",
    "server.port": 8002,
    "network.peer.address": "127.0.0.1",
    "network.peer.port": 40_000 + index,
    "network.protocol.version": "1.1",
    "user_agent.original": "undici",
    "http.route": route,
    "http.response.status_code": 200,
  };
}

function queryAttributes(place: number, index: number) {
  return {
    "db.system.name": "postgresql",
    "db.namespace": "kontor",
    "server.address": "127.0.0.1",
    "server.port": 5433,
    "db.query.text": `select id, ${columns[place - 1]} from core_erp.orders where customer_id = $1 and status = $2 order by ${columns[place - 1]}`,
    "code.function.name": `orders.read_${columns[place - 1]}`,
    "kontor.db.parameters_hash": (place * 7_919 + index * 104_729).toString(16).padStart(16, "0"),
  };
}

function toTime(ns: bigint): [number, number] {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

function findAll(bytes: Buffer, pattern: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) places.push(at);
  return places;
}

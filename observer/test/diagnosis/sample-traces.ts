import type { Attributes } from "@kontor/observer/store/span-record";
import { type TraceBuilder, traceBuilder } from "./trace-builder.ts";

interface Listing {
  readonly orders?: number;
  readonly linesMs?: number;
  readonly seed?: number;
}

/** A list of orders through a gateway, with one statement for each order: the N+1 that everybody knows. */
export function listingTrace({ orders = 187, linesMs = 2.1, seed = 1 }: Listing = {}): TraceBuilder {
  const t = traceBuilder(seed);
  const erp = { service: "core-erp", instance: "erp-1" };
  const gateway = { service: "gateway", instance: "gw-1" };
  const loopMs = orders * (linesMs + 0.35);
  const root = t.request("GET /api/orders", {
    ...gateway,
    at: 0,
    ms: loopMs + 61,
    attributes: http("/api/orders?status=open", 200),
  });
  t.span({
    ...gateway,
    name: "verify token",
    parent: root,
    at: 0.8,
    ms: 2.2,
    attributes: { "code.function.name": "verifyToken" },
  });
  const call = t.call("http://127.0.0.1:8002/api/orders?status=open", {
    ...gateway,
    parent: root,
    at: 4,
    ms: loopMs + 54,
    attributes: { "server.address": "127.0.0.1", "server.port": 8002, "http.response.status_code": 200 },
  });
  const server = t.request("GET /api/orders", {
    ...erp,
    parent: call,
    at: 6,
    ms: loopMs + 50,
    attributes: http("/api/orders?status=open", 200),
  });
  const pool = { "db.system.name": "postgresql", "db.client.connection.pool.name": "core_erp" };
  t.span({
    ...erp,
    kind: "client",
    name: "pg-pool.connect",
    parent: server,
    at: 7,
    ms: 0.6,
    attributes: pool,
  });
  t.sql(
    "SELECT id, order_number, customer_id, total_cents, placed_at FROM core_erp.orders WHERE status = $1 ORDER BY placed_at DESC, id DESC LIMIT $2",
    {
      ...erp,
      parent: server,
      at: 8,
      ms: 7.4,
      hash: "a0",
      query: "orders.list_open",
      attributes: { "db.namespace": "kontor" },
    },
  );
  for (let i = 0; i < orders; i += 1) {
    const ms = linesMs * (0.75 + ((i * 37) % 40) / 100);
    t.sql(
      "SELECT line_number, sku, name, quantity, unit_price_cents FROM core_erp.order_lines WHERE order_id = $1 ORDER BY line_number",
      {
        ...erp,
        parent: server,
        at: 17 + i * (linesMs + 0.35),
        ms,
        hash: `l${i}`,
        query: "order_lines.list_by_order",
        attributes: { "db.namespace": "kontor" },
      },
    );
  }
  t.span({
    ...erp,
    name: "serialise",
    parent: server,
    at: loopMs + 20,
    ms: 18,
    attributes: { "code.function.name": "toOrderViews" },
  });
  return t;
}

function http(path: string, status: number): Attributes {
  return {
    "http.response.status_code": status,
    "url.path": path.split("?")[0] ?? path,
    "url.query": path.split("?")[1] ?? "",
    "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/143.0",
    "network.protocol.version": "1.1",
    "client.address": "127.0.0.1",
  };
}

/** One order from gateway to mail: transaction, outbox, bus and an asynchronous consumer; the mail server refuses once. */
export function orderTrace(seed = 2): TraceBuilder {
  const t = traceBuilder(seed);
  const erp = { service: "core-erp", instance: "erp-1" };
  const gateway = { service: "gateway", instance: "gw-1" };
  const mail = { service: "notification", instance: "n-1" };
  const root = t.request("POST /api/orders", {
    ...gateway,
    at: 0,
    ms: 74,
    attributes: http("/api/orders", 201),
  });
  const call = t.call("http://127.0.0.1:8002/api/orders", {
    ...gateway,
    method: "POST",
    parent: root,
    at: 3,
    ms: 69,
  });
  const server = t.request("POST /api/orders", {
    ...erp,
    parent: call,
    at: 4.5,
    ms: 66,
    attributes: http("/api/orders", 201),
  });
  const statements: readonly (readonly [string, string, number])[] = [
    ["BEGIN", "transaction.begin", 0.4],
    ["SELECT response FROM core_erp.idempotency_keys WHERE key = $1", "idempotency.find", 1.1],
    [
      "SELECT id, quantity FROM core_erp.stock WHERE item_id = any($1) ORDER BY item_id FOR UPDATE",
      "stock.lock",
      31.5,
    ],
    ["INSERT INTO core_erp.stock_moves (item_id, quantity) VALUES ($1, $2), ($3, $4)", "stock.reserve", 3.2],
    ["INSERT INTO core_erp.orders (id, customer_id) VALUES ($1, $2) RETURNING id", "orders.insert", 2.8],
    ["INSERT INTO core_erp.outbox (id, name, payload) VALUES ($1, $2, $3)", "outbox.append", 1.4],
    ["COMMIT", "transaction.commit", 6.3],
  ];
  let at = 6;
  for (const [sql, query, ms] of statements) {
    t.sql(sql, { ...erp, parent: server, at, ms, hash: query, query });
    at += ms + 0.6;
  }
  const publish = t.span({
    ...erp,
    kind: "producer",
    name: "send orders.placed",
    parent: server,
    at: 84,
    ms: 3,
    attributes: {
      "messaging.system": "pg-boss",
      "messaging.destination.name": "orders.placed",
      "messaging.operation.type": "send",
    },
  });
  const consume = t.span({
    ...mail,
    kind: "consumer",
    name: "process orders.placed",
    parent: publish,
    at: 96,
    ms: 118,
    attributes: {
      "messaging.system": "pg-boss",
      "messaging.destination.name": "orders.placed",
      "messaging.operation.type": "process",
    },
  });
  t.sql("INSERT INTO notification.consumed_events (id, consumer) VALUES ($1, $2) ON CONFLICT DO NOTHING", {
    ...mail,
    parent: consume,
    at: 98,
    ms: 2.1,
    hash: "x",
    query: "inbox.claim",
  });
  t.span({
    ...mail,
    kind: "client",
    name: "SMTP send",
    parent: consume,
    at: 102,
    ms: 41,
    failed: true,
    attributes: { "server.address": "127.0.0.1", "server.port": 1025, "error.type": "ECONNREFUSED" },
  });
  t.span({
    ...mail,
    kind: "client",
    name: "SMTP send",
    parent: consume,
    at: 152,
    ms: 55,
    attributes: { "server.address": "127.0.0.1", "server.port": 1025 },
  });
  return t;
}

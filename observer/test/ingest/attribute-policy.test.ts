import { describe, expect, it } from "vitest";
import type { SpanRecord } from "../../src/store/span-record.ts";
import { attributes, createDecoder, jsonMetrics, jsonSpan, jsonTraces } from "./decode-fixture.ts";

function read(values: Record<string, unknown>, fields: Record<string, unknown> = {}): SpanRecord {
  const { batch } = createDecoder().json(
    jsonTraces([jsonSpan({ ...fields, attributes: attributes(values) })]),
    "spans",
  );
  const span = batch.kind === "spans" ? batch.spans[0] : undefined;
  if (span === undefined) throw new Error("the span was refused");
  return span;
}

describe("older attribute names", () => {
  it("of an HTTP server become the stable ones", () => {
    const { attributes: stable } = read({
      ...{
        "http.method": "GET",
        "http.status_code": 200,
        "http.target": "/orders/7?page=2",
        "http.route": "/orders/<id>",
      },
      ...{
        "http.scheme": "http",
        "http.flavor": "1.1",
        "net.host.port": 8080,
        "net.peer.name": "10.0.0.9",
        "http.host": "shop:8080",
      },
    });
    expect(stable).toEqual({
      ...{
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "url.path": "/orders/7",
        "url.query": "page=2",
      },
      ...{
        "http.route": "/orders/<id>",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "server.port": 8080,
      },
      ...{ "client.address": "10.0.0.9", "server.address": "shop" },
    });
  });

  it("of recorded headers have no underscores", () => {
    const sent = {
      "http.response.header.content_length": ["512"],
      "http.response.header.content_type": ["text/csv"],
    };
    expect(read(sent).attributes).toEqual({
      "http.response.header.content-length": ["512"],
      "http.response.header.content-type": ["text/csv"],
    });
  });

  it("of a client name its server", () => {
    const { attributes: stable } = read({ "net.peer.name": "db", "net.peer.port": 5432 }, { kind: 3 });
    expect(stable).toEqual({ "server.address": "db", "server.port": 5432 });
  });

  it("of databases and messaging become the stable ones, with their values", () => {
    const { attributes: stable } = read({
      ...{
        "db.system": "mssql",
        "db.name": "shop",
        "db.operation": "SELECT",
        "db.sql.table": "orders",
        "db.statement": "select 1",
      },
      ...{
        "messaging.destination": "orders",
        "messaging.operation": "publish",
        "messaging.message_id": "m1",
      },
    });
    expect(stable).toMatchObject({
      ...{ "db.system.name": "microsoft.sql_server", "db.namespace": "shop", "db.operation.name": "SELECT" },
      ...{ "db.collection.name": "orders", "db.query.text": "select ?" },
      ...{
        "messaging.destination.name": "orders",
        "messaging.operation.type": "send",
        "messaging.message.id": "m1",
      },
    });
  });

  // Red when: the order in which a sender writes old and new names decides.
  it("never replace a stable one that is there too", () => {
    expect(read({ "http.method": "old", "http.request.method": "new" }).attributes).toEqual({
      "http.request.method": "new",
    });
    expect(read({ "http.request.method": "new", "http.method": "old" }).attributes).toEqual({
      "http.request.method": "new",
    });
  });

  it("of a resource and of metric points are mapped too", () => {
    const metric = {
      name: "http.server.duration",
      gauge: {
        dataPoints: [
          { asInt: 1, timeUnixNano: "1795521600000000000", attributes: attributes({ "http.method": "GET" }) },
        ],
      },
    };
    const document = jsonMetrics([metric], { "service.name": "shop", "deployment.environment": "prod" });
    const { batch } = createDecoder().json(document, "points");
    expect(batch).toMatchObject({
      points: [{ resource: { environment: "prod" }, attributes: { "http.request.method": "GET" } }],
    });
  });
});

describe("what is taken out before anything is stored", () => {
  it("are the literals of statements, for which a keyed hash stands", () => {
    const first = read({ "db.system.name": "postgresql", "db.query.text": "select * from t where id = 42" });
    const second = read({ "db.query.text": "select * from t where id = 43", "db.system.name": "postgresql" });
    expect(first.attributes["db.query.text"]).toBe("select * from t where id = ?");
    expect(first.attributes["kontor.db.parameters_hash"]).toMatch(/^[0-9a-f]{16}$/);
    expect(second.attributes["kontor.db.parameters_hash"]).not.toBe(
      first.attributes["kontor.db.parameters_hash"],
    );
  });

  // Red when: finish no longer asks for `hasPlaceholders`.
  it.each([
    "select * from t where id = $1 limit 1",
    "select * from t where id = %s limit 21",
    "select * from t where id = :id and kind = 'a'",
    "select top(1) * from t where id = @id",
  ])("gives no hash where parts of what a statement was run with are not sent: %s", (text) => {
    const { attributes } = read({ "db.system.name": "postgresql", "db.query.text": text });
    expect(attributes["kontor.db.parameters_hash"]).toBeUndefined();
  });

  it("takes no cast for a placeholder", () => {
    const values = { "db.system.name": "postgresql", "db.query.text": "select * from t where id = '1'::int" };
    expect(read(values).attributes["kontor.db.parameters_hash"]).toMatch(/^[0-9a-f]{16}$/);
  });

  it("leaves the hash alone that a sender made itself", () => {
    const values = { "db.query.text": "select 42", "kontor.db.parameters_hash": "theirs" };
    expect(read(values).attributes["kontor.db.parameters_hash"]).toBe("theirs");
  });

  // Red when: isQueryParameter answers false.
  it.each([
    [
      "semantic conventions",
      (id: string) => ({ "db.query.parameter.1": "open", "db.query.parameter.0": id }),
    ],
    ["DB-API of Python", (id: string) => ({ "db.statement.parameters": `{'pk_1': ${id}}` })],
    ["otelpgx of Go", (id: string) => ({ "pgx.query.parameters": [id, "open"] })],
    ["pg of Node.js", (id: string) => ({ "db.postgresql.values": [id, "open"] })],
  ])("are parameters in attributes of their own, as in %s, for which the hash stands", (_, toParameters) => {
    const [first, again, other] = ["4711", "4711", "4712"].map((id) => {
      const text = { "db.system.name": "postgresql", "db.query.text": "select * from t where id = $1" };
      return read({ ...toParameters(id), ...text }).attributes;
    });
    expect(first?.["kontor.db.parameters_hash"]).toMatch(/^[0-9a-f]{16}$/);
    expect(again).toEqual(first);
    expect(other?.["kontor.db.parameters_hash"]).not.toBe(first?.["kontor.db.parameters_hash"]);
    expect(JSON.stringify(first)).not.toMatch(/4711|open/);
  });

  it("are parameters in any order of their names", () => {
    const text = { "db.query.text": "select * from t where id = :id and kind = :kind" };
    const parameters = { "db.query.parameter.id": "1", "db.query.parameter.kind": "2" };
    const turned = Object.fromEntries(Object.entries(parameters).reverse());
    expect(read({ ...text, ...turned }).attributes).toEqual(read({ ...parameters, ...text }).attributes);
  });

  it("are literals in the name of a span that repeats its statement", () => {
    const { name } = read(
      { "db.query.text": "SELECT * FROM users WHERE mail = 'x'" },
      { name: "SELECT * FROM users WHERE mail = 'x'" },
    );
    expect(name).toBe("SELECT * FROM users WHERE mail = ?");
  });

  // Red when: any of these reaches an attribute, a status, an event or a log body unchanged.
  it("are secrets and mail addresses, wherever they stand", () => {
    const secret = "hunter2hunter2";
    const span = read(
      {
        "http.request.header.authorization": [`Bearer ${secret}`],
        "http.request.header.cookie": [`sid=${secret}`],
        "url.full": `https://u:${secret}@h/p?token=${secret}`,
        "url.query": `password=${secret}`,
        "db.password": secret,
        note: "write to ann@example.com",
        nested: { credentials: { password: secret }, list: ["ann@example.com"] },
        "process.command_line": `run --password ${secret}`,
      },
      {
        status: { code: 2, message: `login with password=${secret} failed for ann@example.com` },
        events: [
          {
            timeUnixNano: "1",
            name: "exception",
            attributes: attributes({ "exception.message": `token: ${secret}` }),
          },
        ],
      },
    );
    const text = JSON.stringify(span, (_, value) => (typeof value === "bigint" ? String(value) : value));
    expect(text).not.toContain(secret);
    expect(text).not.toContain("ann@example.com");
    expect(span.attributes["url.full"]).toBe("https://REDACTED@h/p?token=REDACTED");
  });

  it("are secrets in log bodies", () => {
    const logRecords = [
      { timeUnixNano: "5", body: { stringValue: 'user {"password":"hunter2"} from ann@example.com' } },
    ];
    const { batch } = createDecoder().json({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }, "logs");
    expect(batch).toMatchObject({ logs: [{ body: 'user {"password":REDACTED} from REDACTED' }] });
  });
});

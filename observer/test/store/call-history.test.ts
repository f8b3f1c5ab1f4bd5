import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallGroup } from "../../src/store/call-history.ts";
import type { SpanRecord } from "../../src/store/span-record.ts";
import { appendAll, openTestStore } from "./open-test-store.ts";
import { hex, openTemporaryFolder, resourceOf, span } from "./records.ts";

const startMs = Date.UTC(2026, 8, 21, 12);
const question = { fromMs: startMs, toMs: startMs + 100_000, spansMax: 1_000, groupsMax: 100 };
const database = { "db.system.name": "postgresql", "db.namespace": "shop" };
const toShop = { "server.address": "127.0.0.1", "server.port": 8002 };
const topic = { "messaging.system": "rabbitmq", "messaging.destination.name": "orders" };

let nextSpan = 1;
/** One span of trace `trace`, 10 ms long unless said otherwise. */
function at(trace: number, service: string, fields: Partial<SpanRecord> & { ms?: number } = {}): SpanRecord {
  const { ms = 10, ...rest } = fields;
  const startUnixNano = BigInt(startMs + trace) * 1_000_000n;
  return span({
    ...{ traceId: hex(trace, 32), spanId: hex(nextSpan++, 16), startUnixNano, attributes: {} },
    ...{
      endUnixNano: startUnixNano + BigInt(ms) * 1_000_000n,
      receivedAtMs: startMs,
      resource: resourceOf({ service }),
    },
    ...rest,
  });
}

function under(parent: SpanRecord): Pick<SpanRecord, "traceId" | "parentSpanId"> {
  return { traceId: parent.traceId, parentSpanId: parent.spanId };
}

function toLine({ kind, caller, callee, peer, calls, failed }: CallGroup): string {
  const other = peer === undefined ? "" : ` [${peer.kind} ${peer.system} ${peer.name}]`;
  return `${kind} ${caller?.service ?? "?"} > ${callee?.service ?? "?"}${other} ${calls}/${failed}`;
}

let folder: Awaited<ReturnType<typeof openTemporaryFolder>>;
let store: Awaited<ReturnType<typeof openTestStore>>;
let hours = 0;

beforeAll(async () => {
  folder = await openTemporaryFolder();
  store = await openTestStore(folder.path);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** What the store says of these spans, half of them in a closed segment, in an hour of their own. */
async function linesOf(spans: readonly SpanRecord[]) {
  const laterMs = ++hours * 3_600_000;
  const later = BigInt(laterMs) * 1_000_000n;
  const moved = spans.map((one) => ({
    ...one,
    startUnixNano: one.startUnixNano + later,
    endUnixNano: one.endUnixNano + later,
  }));
  const half = Math.ceil(spans.length / 2);
  await appendAll(store, [{ kind: "spans", receivedAtMs: startMs, spans: moved.slice(0, half) }]);
  await store.closeSegment();
  await appendAll(store, [{ kind: "spans", receivedAtMs: startMs, spans: moved.slice(half) }]);
  const map = await store.callHistory.listCalls({
    ...question,
    fromMs: startMs + laterMs,
    toMs: startMs + laterMs + 100_000,
  });
  return { ...map, lines: map.groups.map(toLine).toSorted() };
}

describe("CallHistory over open and closed segments", () => {
  it("a call belongs to the service that answered it, and is measured where the caller waits", async () => {
    const root = at(1, "gateway", { ms: 80 });
    const call = at(1, "gateway", {
      ...under(root),
      kind: "client",
      ms: 50,
      statusCode: "error",
      attributes: toShop,
    });
    const answer = at(1, "shop", { ...under(call), ms: 5 });
    const statement = at(1, "shop", { ...under(answer), kind: "client", attributes: database });
    const { lines, groups } = await linesOf([root, call, answer, statement]);
    // Red when: `arrived` keeps server spans whose parent is a client span
    expect(lines).toEqual([
      "arrival ? > gateway 1/0",
      "request gateway > shop [external  127.0.0.1:8002] 1/1",
      "request shop > ? [database postgresql shop] 1/0",
    ]);
    const [failed] = groups;
    expect(failed).toMatchObject({ slowestTraceId: hex(1, 32), failedTraceId: hex(1, 32) });
    // 50 ms lies between 1.1^41 and 1.1^42.
    expect(failed?.durations).toEqual([[41, 1]]);
  });

  it("a service that calls itself, and services in a circle, stay apart", async () => {
    const first = at(1, "shop", { kind: "client", attributes: toShop });
    const self = at(1, "shop", under(first));
    const there = at(1, "shop", { ...under(self), kind: "client", attributes: { "peer.service": "stock" } });
    const stock = at(1, "stock", under(there));
    const back = at(1, "stock", { ...under(stock), kind: "client", attributes: toShop });
    const again = at(1, "shop", under(back));
    const { lines } = await linesOf([first, self, there, stock, back, again]);
    expect(lines).toEqual([
      "request shop > shop [external  127.0.0.1:8002] 1/0",
      "request shop > stock [external  stock] 1/0",
      "request stock > shop [external  127.0.0.1:8002] 1/0",
    ]);
  });

  it("a request whose caller was not received counts as an arrival, one below a span of its own service as nothing", async () => {
    const lost = at(1, "shop", { parentSpanId: hex(9_999, 16) });
    const inner = at(1, "shop", { ...under(lost), kind: "internal" });
    const forwarded = at(1, "shop", under(inner));
    const elsewhere = at(1, "stock", under(inner));
    const { lines } = await linesOf([lost, inner, forwarded, elsewhere]);
    // Red when: a parent that is no client span counts as missing
    expect(lines).toEqual(["arrival ? > shop 1/0", "request shop > stock 1/0"]);
  });

  it("messages lead through their destination, by parent or by link, named by either side", async () => {
    const sent = at(1, "shop", { kind: "producer", attributes: topic });
    const heard = at(1, "mails", { ...under(sent), kind: "consumer", attributes: topic });
    const link = { traceId: sent.traceId, spanId: sent.spanId, attributes: {} };
    // Another trace, which names no destination: only the link tells where its message came from.
    const linked = at(2, "audit", { kind: "consumer", links: [link], statusCode: "error" });
    const { lines } = await linesOf([sent, heard, linked]);
    // Red when: origin_key leaves out links
    expect(lines).toEqual([
      "consume ? > audit [broker rabbitmq orders] 1/1",
      "consume ? > mails [broker rabbitmq orders] 1/0",
      "publish shop > ? [broker rabbitmq orders] 1/0",
    ]);
  });

  it("where nobody names a destination, the producer leads to the consumer", async () => {
    const sent = at(1, "shop", { kind: "producer" });
    const heard = at(1, "mails", { ...under(sent), kind: "consumer" });
    const { lines } = await linesOf([sent, heard]);
    expect(lines).toEqual(["publish shop > mails [broker  ] 1/0"]);
  });

  it("the range begins with its start and ends before its end, and hostile names are names", async () => {
    const name = `'); drop table spans; --"$.`;
    const inside = at(0, name, { kind: "client", attributes: { "peer.service": name } });
    const outside = at(100_000, "late", { kind: "client", attributes: database });
    const { lines } = await linesOf([inside, outside]);
    expect(lines).toEqual([`request ${name} > ? [external  ${name}] 1/0`]);
    expect((await linesOf([])).groups).toEqual([]);
  });
});

describe("CallHistory with too much to join", () => {
  beforeAll(async () => {
    const spans = Array.from({ length: 400 }, (_, trace) => at(trace, "gateway"));
    await appendAll(store, [{ kind: "spans", receivedAtMs: startMs, spans }]);
  });

  it("reads every n-th trace and says so, in open and closed segments alike", async () => {
    const open = await store.callHistory.listCalls({ ...question, spansMax: 100 });
    expect(open).toMatchObject({ tracesPerSample: 4, groups: [{ calls: 100 }] });
    await store.closeSegment();
    // Red when: traceNumber of closed segments is another number than that of open ones
    expect(await store.callHistory.listCalls({ ...question, spansMax: 100 })).toEqual(open);
  });

  it("gives no more groups than asked for, those with failures first, and says that it cut", async () => {
    const one = at(500, "quiet", { statusCode: "error" });
    await appendAll(store, [{ kind: "spans", receivedAtMs: startMs, spans: [one] }]);
    const { groups, isCut } = await store.callHistory.listCalls({ ...question, groupsMax: 1 });
    expect(isCut).toBe(true);
    expect(groups.map(toLine)).toEqual(["arrival ? > quiet 1/1"]);
  });
});

import { connect } from "node:net";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openOtlpServer } from "../../src/ingest/open-otlp-server.ts";
import { StoreError } from "../../src/store/store-error.ts";
import { arrivalMs, attributes, jsonMetrics, jsonSpan, jsonTraces } from "./decode-fixture.ts";
import { gzipped, json, openReceiver, protobuf } from "./receiver-fixture.ts";
import { sdkTraces } from "./sdk-telemetry.ts";

describe("a request that is taken", () => {
  it("is answered empty, in its own encoding", async () => {
    await using receiver = await openReceiver({ limits: { maxFutureMs: 1e12 } });
    const { protobuf: bytes } = await sdkTraces();
    const binary = await receiver.post("/v1/traces", Buffer.from(bytes), protobuf);
    expect([binary.status, binary.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
    expect((await binary.arrayBuffer()).byteLength).toBe(0);
    const text = await receiver.postJson("/v1/traces", jsonTraces([jsonSpan()]));
    expect([text.status, text.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await text.json()).toEqual({});
    expect(receiver.kept).toHaveLength(2);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
  ] as const)("may be compressed with %s", async (encoding, compress) => {
    await using receiver = await openReceiver();
    const body = compress(JSON.stringify(jsonTraces([jsonSpan()])));
    const response = await receiver.post("/v1/traces", body, { ...json, "content-encoding": encoding });
    expect(response.status).toBe(200);
    expect(receiver.kept).toHaveLength(1);
  });

  it("may be empty, which an exporter's first try often is", async () => {
    await using receiver = await openReceiver();
    expect((await receiver.post("/v1/traces", new Uint8Array(), protobuf)).status).toBe(200);
    expect((await receiver.postJson("/v1/logs", {})).status).toBe(200);
    expect(receiver.kept).toHaveLength(0);
  });

  // Red when: one refused item refuses its neighbours, or the counts are not told.
  it("loses only the items that cannot be taken, and says how many and why", async () => {
    await using receiver = await openReceiver();
    const spans = [
      jsonSpan(),
      jsonSpan({ traceId: "00" }),
      jsonSpan({ spanId: "0".repeat(16) }),
      jsonSpan({ endTimeUnixNano: "0" }),
    ];
    const response = await receiver.postJson("/v1/traces", jsonTraces(spans));
    expect(response.status).toBe(200);
    const { partialSuccess } = (await response.json()) as {
      partialSuccess: { rejectedSpans: string; errorMessage: string };
    };
    expect(partialSuccess.rejectedSpans).toBe("3");
    expect(partialSuccess.errorMessage).toContain("1 x invalid_trace_id");
    expect(partialSuccess.errorMessage).toContain("1 x invalid_span_id");
    expect(partialSuccess.errorMessage).toContain("1 x no_time");
    expect(receiver.kept[0]).toMatchObject({ spans: [{ spanId: "eee19b7ec3c1b174" }] });
    expect(receiver.app.counters.snapshot()).toMatchObject({
      accepted: { spans: 1 },
      refused: [
        { kind: "spans", reason: "invalid_trace_id", count: 1 },
        { kind: "spans", reason: "invalid_span_id", count: 1 },
        { kind: "spans", reason: "no_time", count: 1 },
      ],
    });
  });

  it("names what it counts as each signal does", async () => {
    await using receiver = await openReceiver();
    const metrics = jsonMetrics([
      { name: "", gauge: { dataPoints: [{ asInt: 1, timeUnixNano: `${arrivalMs}000000` }] } },
    ]);
    const response = await receiver.postJson("/v1/metrics", metrics);
    expect(await response.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: "1" } });
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId: "ab" }] }] }] };
    expect(await (await receiver.postJson("/v1/logs", logs)).json()).toMatchObject({
      partialSuccess: { rejectedLogRecords: "1" },
    });
  });

  it("tells partial success in protobuf too", async () => {
    await using receiver = await openReceiver({ now: () => 1000 });
    const { protobuf: bytes } = await sdkTraces();
    const answer = Buffer.from(
      await (await receiver.post("/v1/traces", Buffer.from(bytes), protobuf)).arrayBuffer(),
    );
    // partial_success = 1 { rejected_spans = 1: 2, error_message = 2: ... }
    expect(answer[0]).toBe(0x0a);
    expect([answer[2], answer[3], answer[4]]).toEqual([0x08, 2, 0x12]);
    expect(answer.toString("utf8", 6)).toContain("time_in_future");
  });
});

describe("a request that is turned away", () => {
  it.each([
    ["cut off", Buffer.from([0x0a, 0x05, 0x01]), protobuf],
    ["no JSON", Buffer.from("{"), json],
    ["JSON of another shape", Buffer.from('{"resourceSpans":{}}'), json],
    ["not the compression it names", Buffer.from("hello"), { ...json, "content-encoding": "gzip" }],
  ] as const)("is malformed when it is %s", async (_, body, headers) => {
    await using receiver = await openReceiver();
    const response = await receiver.post("/v1/traces", body, headers);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe(headers["content-type"]);
    if (headers["content-type"] === "application/json")
      expect(await response.json()).toMatchObject({ code: 3 });
    else expect(Buffer.from(await response.arrayBuffer()).subarray(0, 2)).toEqual(Buffer.from([0x08, 3]));
    expect(receiver.app.counters.snapshot().requests.rejected).toEqual({ malformed: 1 });
  });

  it("is told which methods, paths and types there are", async () => {
    await using receiver = await openReceiver();
    const get = await fetch(`${receiver.url}/v1/traces`);
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await receiver.postJson("/v1/profiles", {})).status).toBe(404);
    expect((await receiver.post("/v1/traces", "x", { "content-type": "text/plain" })).status).toBe(415);
    expect((await receiver.post("/v1/traces", "x", { ...json, "content-encoding": "br" })).status).toBe(415);
  });

  // Red when: the bound holds for what comes in, but not for what it becomes.
  it("is too large before or after decompression", async () => {
    await using receiver = await openReceiver({ limits: { maxBodyBytes: 10_000 } });
    const large = jsonTraces([jsonSpan({ name: "x".repeat(20_000) })]);
    expect((await receiver.postJson("/v1/traces", large)).status).toBe(413);
    const bomb = gzipped(large);
    expect(bomb.length).toBeLessThan(1_000);
    expect((await receiver.post("/v1/traces", bomb, { ...json, "content-encoding": "gzip" })).status).toBe(
      413,
    );
    expect((await receiver.postJson("/v1/traces", jsonTraces([jsonSpan()]))).status).toBe(200);
  });

  it("needs the token where there is one", async () => {
    await using receiver = await openReceiver({ token: "s3cret" });
    expect((await receiver.postJson("/v1/traces", {})).status).toBe(401);
    expect((await receiver.postJson("/v1/traces", {}, { authorization: "Bearer wrong!" })).status).toBe(401);
    expect((await receiver.postJson("/v1/traces", {}, { authorization: "Bearer s3cret" })).status).toBe(200);
  });

  // Red when: an overloaded observer keeps reading bodies, or tells senders to come back later than they try.
  it("is told to come back in 1 to 3 seconds while the store is behind", async () => {
    await using receiver = await openReceiver();
    receiver.journal.isBehind = true;
    const waits = new Set<number>();
    for (let i = 0; i < 6; i++) {
      const response = await receiver.postJson("/v1/traces", jsonTraces([jsonSpan()]));
      expect(response.status).toBe(429);
      waits.add(Number(response.headers.get("retry-after")));
    }
    expect([...waits].toSorted()).toEqual([1, 2, 3]);
    receiver.journal.isBehind = false;
    expect((await receiver.postJson("/v1/traces", jsonTraces([jsonSpan()]))).status).toBe(200);
  });

  it("is not accepted when the journal cannot write, and is again when it can", async () => {
    const seen: string[] = [];
    await using receiver = await openReceiver({ onBatch: (batch) => seen.push(batch.kind) });
    receiver.journal.error = new StoreError("store.disk_full", "No space is left for /data.");
    const response = await receiver.postJson("/v1/traces", jsonTraces([jsonSpan()]));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 14, message: "No space is left for /data." });
    expect(seen).toEqual([]);
    receiver.journal.error = undefined;
    expect((await receiver.postJson("/v1/traces", jsonTraces([jsonSpan()]))).status).toBe(200);
    expect(seen).toEqual(["spans"]);
  });

  it("is answered 500 without detail when the observer has a bug", async () => {
    await using receiver = await openReceiver();
    receiver.journal.error = new TypeError("secret internals");
    const response = await receiver.postJson("/v1/traces", jsonTraces([jsonSpan()]));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret internals");
    expect(receiver.errors).toHaveLength(1);
  });

  // Red when: bodies that are still arriving are not counted against the bound.
  it("finds no room while others fill the memory for bodies, and gives it back when they hang up", async () => {
    await using receiver = await openReceiver({ limits: { maxBodiesBytes: 50_000 } });
    const socket = connect(Number(new URL(receiver.url).port), "127.0.0.1");
    socket.write(
      "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n",
    );
    socket.write("x".repeat(45_000));
    await expect.poll(() => receiver.app.usage().bodyBytes).toBe(45_000);
    const document = jsonTraces([jsonSpan({ name: "x".repeat(8_000) })]);
    expect((await receiver.postJson("/v1/traces", document)).status).toBe(429);
    socket.destroy();
    await expect.poll(() => receiver.app.usage().bodyBytes).toBe(0);
    expect((await receiver.postJson("/v1/traces", document)).status).toBe(200);
  });
});

describe("hostile telemetry", () => {
  it("is refused item by item where it is nested too deep, negative in time or far in the future", async () => {
    await using receiver = await openReceiver();
    let deep: object = { stringValue: "bottom" };
    for (let i = 0; i < 40; i++) deep = { arrayValue: { values: [deep] } };
    const spans = [
      jsonSpan({ attributes: [{ key: "deep", value: deep }] }),
      jsonSpan({ startTimeUnixNano: "-5" }),
      jsonSpan({ endTimeUnixNano: `${arrivalMs + 7_200_000}000000` }),
      jsonSpan({ attributes: attributes({ fine: "yes", __proto__x: "kept" }) }),
    ];
    const response = await receiver.postJson("/v1/traces", jsonTraces(spans));
    expect(await response.json()).toMatchObject({ partialSuccess: { rejectedSpans: "3" } });
    expect(receiver.kept[0]).toMatchObject({ spans: [{ attributes: { fine: "yes" } }] });
  });

  it("cannot reach the prototype of anything", async () => {
    await using receiver = await openReceiver();
    const body = JSON.stringify(
      jsonTraces([jsonSpan({ attributes: [{ key: "__proto__", value: { stringValue: "x" } }] })]),
    );
    expect(
      (await receiver.post("/v1/traces", body.replace('"name"', '"__proto__":{"polluted":1},"name"'), json))
        .status,
    ).toBe(200);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("has its attributes bounded in number and length, and both are counted", async () => {
    await using receiver = await openReceiver({ limits: { maxAttributes: 3, maxTextLength: 10 } });
    const span = jsonSpan({ attributes: attributes({ a: "x".repeat(50), b: 1, c: 2, d: 3, e: 4 }) });
    await receiver.postJson("/v1/traces", jsonTraces([span]));
    expect(receiver.kept[0]).toMatchObject({ spans: [{ attributes: { a: "x".repeat(10), b: 1, c: 2 } }] });
    expect(receiver.app.counters.snapshot().altered).toMatchObject({ attributes_dropped: 2, texts_cut: 1 });
  });
});

it("says which port is taken and what to set", async () => {
  await using receiver = await openReceiver();
  const port = Number(new URL(receiver.url).port);
  await expect(openOtlpServer(() => undefined, { port, host: "127.0.0.1" })).rejects.toMatchObject({
    code: "ingest.port_taken",
    message: expect.stringContaining("OTLP_PORT"),
  });
});

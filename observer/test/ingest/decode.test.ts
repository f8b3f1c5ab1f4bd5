import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemKind } from "../../src/ingest/ingest-counters.ts";
import { MalformedError } from "../../src/ingest/malformed-error.ts";
import { createDecoder } from "./decode-fixture.ts";
import { type SdkRequest, sdkLogs, sdkMetrics, sdkTraces } from "./sdk-telemetry.ts";

const requests: [string, ItemKind, () => Promise<SdkRequest>][] = [
  ["traces", "spans", sdkTraces],
  ["cumulative metrics", "points", () => sdkMetrics(AggregationTemporality.CUMULATIVE)],
  ["delta metrics", "points", () => sdkMetrics(AggregationTemporality.DELTA)],
  ["logs", "logs", sdkLogs],
];

/** The SDK's clock is now, the tests' is not: nothing is too far in its future. */
const anyTime = { maxFutureMs: 1e12 };

describe("decoding what OpenTelemetry's SDK sends", () => {
  // Red when: any field number, wire type or JSON name is wrong in one of the two decoders.
  it.each(requests)("gives the same %s from protobuf as from JSON", async (_, kind, make) => {
    const request = await make();
    const fromProtobuf = createDecoder(anyTime).decode(request.protobuf, kind, "protobuf");
    const fromJson = createDecoder(anyTime).decode(request.json, kind, "json");
    expect(fromProtobuf.refusals).toEqual(new Map());
    expect(fromJson).toEqual(fromProtobuf);
  });

  it("reads traces whole", async () => {
    const { batch } = createDecoder(anyTime).decode((await sdkTraces()).protobuf, "spans", "protobuf");
    const [child, root] = batch.kind === "spans" ? batch.spans : [];
    expect(root).toMatchObject({
      name: "GET /api/orders/:id",
      kind: "server",
      parentSpanId: "",
      statusCode: "unset",
    });
    expect(root?.resource).toMatchObject({
      service: "shop",
      namespace: "demo",
      environment: "test",
      instance: "shop-1",
      version: "1.2.3",
    });
    expect(child).toMatchObject({
      parentSpanId: root?.spanId,
      traceId: root?.traceId,
      kind: "client",
      statusCode: "error",
      statusMessage: "boom",
      scope: { name: "shop-tracer", version: "0.1.0" },
      attributes: { ratio: 0.25, tags: ["a", "b"], big: 2 ** 40, negative: -7, hit: false },
      links: [{ spanId: root?.spanId, attributes: { why: "linked" } }],
    });
    expect(child?.events.map(({ name }) => name)).toEqual(["cache.miss", "exception"]);
    expect(child?.events[0]?.attributes).toEqual({ key: "ünïcode ✓" });
  });

  it("reads every kind of metric the SDK has", async () => {
    const request = await sdkMetrics(AggregationTemporality.CUMULATIVE);
    const { batch } = createDecoder(anyTime).decode(request.protobuf, "points", "protobuf");
    const byName = new Map(
      batch.kind === "points" ? batch.points.map((point) => [point.metric.name, point]) : [],
    );
    expect(byName.get("orders")).toMatchObject({
      metric: {
        kind: "sum",
        monotonic: true,
        temporality: "cumulative",
        unit: "{order}",
        description: "Orders placed",
      },
      attributes: { kind: "web" },
      value: { kind: "number", value: 3 },
    });
    expect(byName.get("queue")?.value).toEqual({ kind: "number", value: -2 });
    expect(byName.get("temperature")?.value).toEqual({ kind: "number", value: 21.5 });
    const histogram = byName.get("http.server.request.duration")?.value;
    expect(histogram).toMatchObject({ kind: "histogram", count: 4, min: 0.003, max: 12 });
    expect(byName.get("exponential")?.value).toMatchObject({
      kind: "exponential",
      count: 5,
      zeroCount: 1,
      max: 12_000,
    });
  });
});

describe("decoding bytes from anywhere", () => {
  // Red when: a length is trusted beyond the end of its message, or a read past the end gives a value.
  it("either reads random bytes or says that they are malformed", () => {
    const decoder = createDecoder();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom<ItemKind>("spans", "points", "logs"),
        (bytes, kind) => {
          expectReadOrMalformed(() => decoder.decode(bytes, kind, "protobuf"));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it.each(requests)(
    "finds %s malformed that are cut off at any byte, or reads what is whole",
    async (_, kind, make) => {
      const { protobuf } = await make();
      const decoder = createDecoder(anyTime);
      for (let length = 1; length < protobuf.length; length++) {
        expect(() => decoder.decode(protobuf.subarray(0, length), kind, "protobuf")).toThrow(MalformedError);
      }
    },
  );

  it.each(requests)("survives any single changed byte of %s", async (_, kind, make) => {
    const { protobuf } = await make();
    const decoder = createDecoder(anyTime);
    fc.assert(
      fc.property(fc.nat(protobuf.length - 1), fc.nat(255), (place, byte) => {
        const changed = Uint8Array.from(protobuf);
        changed[place] = byte;
        expectReadOrMalformed(() => decoder.decode(changed, kind, "protobuf"));
      }),
      { numRuns: 2000 },
    );
  });

  it("skips fields it does not know, of every wire type", async () => {
    const { protobuf } = await sdkTraces();
    const unknownFields = Buffer.from([
      0xf8, 0x06, 0x05, 0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 0x06, 2, 1, 2, 0xfd, 0x06, 1, 2, 3, 4,
    ]);
    const decoder = createDecoder(anyTime);
    const plain = decoder.decode(protobuf, "spans", "protobuf");
    expect(decoder.decode(Buffer.concat([protobuf, unknownFields]), "spans", "protobuf")).toEqual(plain);
  });

  it("either reads random JSON or says that it is malformed", () => {
    const decoder = createDecoder();
    const key = fc.constantFrom(
      "resourceSpans",
      "scopeSpans",
      "spans",
      "resource",
      "attributes",
      "value",
      "key",
      "traceId",
      "arrayValue",
      "values",
      "kind",
    );
    const document = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(key, tie("node")),
        fc.array(tie("node")),
      ),
    })).node;
    fc.assert(
      fc.property(document, (value) => {
        expectReadOrMalformed(() => decoder.json(value, "spans"));
      }),
      { numRuns: 2000 },
    );
  });
});

function expectReadOrMalformed(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
  }
}

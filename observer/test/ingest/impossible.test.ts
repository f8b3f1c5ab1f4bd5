import { describe, expect, it } from "vitest";
import { StringCache } from "../../src/ingest/string-cache.ts";
import { arrivalMs, createDecoder, jsonMetrics, jsonSpan, jsonTraces } from "./decode-fixture.ts";

const atNano = `${arrivalMs}000000`;

function refusedSpans(fields: Record<string, unknown>) {
  return Object.fromEntries(createDecoder().json(jsonTraces([jsonSpan(fields)]), "spans").refusals);
}

function refusedPoints(kind: "histogram" | "exponentialHistogram", fields: Record<string, unknown>) {
  const metric = {
    name: "http.server.request.duration",
    [kind]: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: atNano, ...fields }] },
  };
  return Object.fromEntries(createDecoder().json(jsonMetrics([metric]), "points").refusals);
}

describe("a span", () => {
  // Red when: `acceptSpan` does not compare the end with the start; such a span would be the fastest of all requests.
  it("that ends before it starts is refused", () => {
    const endTimeUnixNano = `${BigInt(atNano) - 1n}`;
    expect(refusedSpans({ endTimeUnixNano })).toEqual({ ends_before_start: 1 });
  });

  it("that ends when it starts is taken", () => {
    expect(refusedSpans({ endTimeUnixNano: atNano })).toEqual({});
  });
});

// Red when: `isHistogram` looks at the lengths of its lists alone; each of these would be judged as a measurement.
describe("a histogram", () => {
  const buckets = { bucketCounts: [1, 1, 1], explicitBounds: [1, 3] };

  it.each([
    ["its buckets hold fewer than its count", { count: 500, sum: -5, ...buckets }],
    ["its buckets hold more than its count", { count: 2, sum: 5, ...buckets }],
    ["its bounds do not ascend", { count: 3, ...buckets, explicitBounds: [3, 1] }],
    ["two bounds are the same", { count: 3, ...buckets, explicitBounds: [3, 3] }],
    ["a bound is no number", { count: 3, ...buckets, explicitBounds: ["NaN", 3] }],
    ["a single bound is no number", { count: 2, bucketCounts: [1, 1], explicitBounds: ["NaN"] }],
    ["a bound is infinite", { count: 3, ...buckets, explicitBounds: [3, "Infinity"] }],
    ["its counts do not fit its bounds", { count: 2, bucketCounts: [1, 1], explicitBounds: [1, 3] }],
    ["it has bounds and no counts", { count: 2, explicitBounds: [1, 3] }],
    ["a count is negative", { count: 0, bucketCounts: [-1, 1], explicitBounds: [1] }],
    ["a count is broken", { count: 3, bucketCounts: [1.5, 1.5], explicitBounds: [1] }],
    ["it is empty and has a sum", { count: 0, sum: 7 }],
    ["its count is negative", { count: -1, sum: 7 }],
  ])("is refused when %s", (_, fields) => {
    expect(refusedPoints("histogram", fields)).toEqual({ invalid_histogram: 1 });
  });

  it.each([
    ["buckets that add up", { count: "3", sum: 5, ...buckets }],
    ["no buckets, which the protocol allows", { count: 3, sum: 5 }],
    ["one bucket of everything", { count: 3, sum: 5, bucketCounts: [3] }],
    ["a negative sum, which the protocol only advises against", { count: 3, sum: -5, ...buckets }],
    ["nothing in it", { count: 0, sum: 0, bucketCounts: [0, 0, 0], explicitBounds: [1, 3] }],
    ["no recorded value", { flags: 1 }],
  ])("is taken with %s", (_, fields) => {
    expect(refusedPoints("histogram", fields)).toEqual({});
  });
});

// Red when: `isExponentialHistogram` forgets one of the three places that values are counted in.
describe("an exponential histogram", () => {
  const parts = { zeroCount: 1, positive: { bucketCounts: [2] }, negative: { bucketCounts: [4] } };

  it("is taken when zero, positive and negative buckets add up to its count", () => {
    expect(refusedPoints("exponentialHistogram", { count: 7, ...parts })).toEqual({});
  });

  it.each([
    ["holds less than its count", { count: 8, ...parts }],
    ["holds more than its count", { count: 6, ...parts }],
    ["has a negative count of zeros", { count: 5, ...parts, zeroCount: -1 }],
    ["has a scale beyond the bounds", { count: 7, ...parts, scale: 21 }],
  ])("is refused when it %s", (_, fields) => {
    expect(refusedPoints("exponentialHistogram", fields)).toEqual({ invalid_histogram: 1 });
  });
});

describe("OTLP/JSON that the types of the protocol cannot hold", () => {
  const decodeText = (body: string) => createDecoder().decode(Buffer.from(body), "spans", "json");
  const attribute = (value: object) =>
    JSON.stringify(jsonTraces([jsonSpan({ attributes: [{ key: "k", value }] })]));
  const point = (fields: object) => () =>
    createDecoder().json(
      jsonMetrics([{ name: "m", gauge: { dataPoints: [{ timeUnixNano: atNano, ...fields }] } }]),
      "points",
    );

  // Red when: the parser of integers knows no bounds; the value would be kept as it was never sent by any SDK.
  it.each([
    ["an integer of twenty digits", () => decodeText(attribute({ intValue: "99999999999999999999" }))],
    ["an integer without quotes", () => decodeText(attribute({ intValue: 1e20 }))],
    ["2^63", point({ asInt: "9223372036854775808" })],
    ["less than -2^63", point({ asInt: "-9223372036854775809" })],
    ["a time of 2^64", point({ asInt: "1", startTimeUnixNano: "18446744073709551616" })],
    ["bytes that are no base64", () => decodeText(attribute({ bytesValue: "!!!" }))],
    ["bytes that are cut off", () => decodeText(attribute({ bytesValue: "AAAAA" }))],
    ["null as the body", () => decodeText("null")],
  ])("is malformed: %s", (_, decode) => {
    expect(decode).toThrow(expect.objectContaining({ name: "MalformedError" }));
  });

  it.each([
    ["2^63 - 1", { intValue: "9223372036854775807" }],
    ["-2^63", { intValue: "-9223372036854775808" }],
    ["base64 with padding", { bytesValue: "AAE=" }],
    ["base64 of the URL alphabet without padding", { bytesValue: "_-8" }],
  ])("is taken up to its bounds: %s", (_, value) => {
    expect(decodeText(attribute(value)).batch).toMatchObject({ spans: [{}] });
  });
});

describe("a time beside the one that places an item", () => {
  // Red when: `besideUnixNano` lets negative times through; the journal cannot write them, and the whole request was answered 500.
  it("is unknown where it is negative, and the item is taken", () => {
    const point = { timeUnixNano: atNano, startTimeUnixNano: "-1", asInt: "1" };
    const exemplars = [{ timeUnixNano: "-7", asInt: "1" }];
    const metric = { name: "m", gauge: { dataPoints: [{ ...point, exemplars }] } };
    expect(createDecoder().json(jsonMetrics([metric]), "points")).toMatchObject({
      refusals: new Map(),
      batch: { points: [{ startUnixNano: 0n, exemplars: [{ timeUnixNano: 0n }] }] },
    });
    const logs = [{ timeUnixNano: atNano, observedTimeUnixNano: "-1" }];
    const body = { resourceLogs: [{ scopeLogs: [{ logRecords: logs }] }] };
    expect(createDecoder().json(body, "logs")).toMatchObject({
      refusals: new Map(),
      batch: { logs: [{ observedUnixNano: 0n }] },
    });
  });
});

describe("a text with NUL in it", () => {
  // Red when: `text` or `readJsonValue` hands JSON texts on as they are; PostgreSQL then refuses every finding and alert with such a text.
  it("has U+FFFD in its place when it came as JSON", () => {
    const attributes = [{ key: "a\u0000", value: { stringValue: "b\u0000c" } }];
    const { batch } = createDecoder().json(jsonTraces([jsonSpan({ name: "n\u0000", attributes })]), "spans");
    expect(batch).toMatchObject({ spans: [{ name: "n\ufffd", attributes: { "a\ufffd": "b\ufffdc" } }] });
  });

  // Red when: `StringCache.read` does not replace it in one of its three ways to make a text.
  it.each(["a\u0000b", `\u00e9\u0000`, `${"x".repeat(200)}\u0000`])(
    "has it when it came as bytes: %j",
    (text) => {
      const bytes = Buffer.from(text);
      const cache = new StringCache();
      for (const _time of ["first", "again"]) {
        expect(cache.read(bytes, 0, bytes.length)).toBe(text.replace("\u0000", "\ufffd"));
      }
    },
  );
});

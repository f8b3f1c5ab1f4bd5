import { describe, expect, it } from "vitest";
import { attributes, createDecoder } from "./decode-fixture.ts";

const scope = {
  name: "my.library",
  version: "1.0.0",
  attributes: attributes({ "my.scope.attribute": "some scope attribute" }),
};
const resource = { attributes: attributes({ "service.name": "my.service" }) };
/** 19 digits, which no double holds. */
const exact = "1544712660300000001";

/** As senders may write it: without quotes, so that a parser that makes doubles of numbers would round it. */
function decode(document: object, kind: "spans" | "points" | "logs") {
  return createDecoder().decode(
    Buffer.from(JSON.stringify(document).replaceAll(`"${exact}"`, exact)),
    kind,
    "json",
  );
}

describe("OTLP JSON", () => {
  it("keeps a span whole: upper-case ids, bare 64-bit numbers, enums by number or name", () => {
    for (const kind of [2, "SPAN_KIND_SERVER", "server", "2"]) {
      const span = {
        ...{
          traceId: "5B8EFFF798038103D269B633813FC60C",
          spanId: "EEE19B7EC3C1B174",
          parentSpanId: "EEE19B7EC3C1B173",
        },
        ...{
          name: "I'm a server span",
          startTimeUnixNano: exact,
          endTimeUnixNano: exact,
          kind,
          traceState: "ot=th:8",
          flags: 257,
        },
        attributes: attributes({ "my.span.attr": "some value" }),
        status: { code: "STATUS_CODE_ERROR", message: "no" },
        links: [
          {
            traceId: "5B8EFFF798038103D269B633813FC60C",
            spanId: "EEE19B7EC3C1B173",
            traceState: "a=b",
            flags: 1,
          },
        ],
        ...{
          droppedAttributesCount: 1,
          droppedEventsCount: 2,
          droppedLinksCount: 3,
          someday: { unknown: true },
        },
      };
      const { batch } = decode(
        { resourceSpans: [{ resource, scopeSpans: [{ scope, schemaUrl: "http://s", spans: [span] }] }] },
        "spans",
      );
      expect(batch).toMatchObject({
        spans: [
          {
            ...{
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "eee19b7ec3c1b174",
              parentSpanId: "eee19b7ec3c1b173",
            },
            ...{
              name: "I'm a server span",
              startUnixNano: 1544712660300000001n,
              endUnixNano: 1544712660300000001n,
              kind: "server",
            },
            ...{
              traceState: "ot=th:8",
              flags: 257,
              statusCode: "error",
              attributes: { "my.span.attr": "some value" },
            },
            scope: {
              name: "my.library",
              version: "1.0.0",
              schemaUrl: "http://s",
              attributes: { "my.scope.attribute": "some scope attribute" },
            },
            links: [
              {
                traceId: "5b8efff798038103d269b633813fc60c",
                spanId: "eee19b7ec3c1b173",
                traceState: "a=b",
                flags: 1,
              },
            ],
            dropped: { attributes: 1, events: 2, links: 3 },
          },
        ],
      });
    }
  });

  it("keeps every kind of metric whole", () => {
    const point = { timeUnixNano: exact, startTimeUnixNano: exact, attributes: attributes({ a: "b" }) };
    const exemplars = [
      {
        timeUnixNano: exact,
        asDouble: 7.5,
        traceId: "5b8efff798038103d269b633813fc60c",
        spanId: "eee19b7ec3c1b174",
      },
    ];
    const metrics = [
      {
        name: "counter",
        sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...point, asDouble: 5 }] },
      },
      {
        name: "big",
        sum: {
          aggregationTemporality: "AGGREGATION_TEMPORALITY_CUMULATIVE",
          dataPoints: [{ ...point, asInt: exact }],
        },
      },
      { name: "gauge", gauge: { dataPoints: [{ ...point, asInt: "10", exemplars }] } },
      {
        name: "histogram",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              ...point,
              count: "3",
              sum: 3,
              min: 1,
              max: 1,
              bucketCounts: ["1", 2],
              explicitBounds: [1],
              exemplars,
            },
          ],
        },
      },
      {
        name: "exponential",
        exponentialHistogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              ...point,
              count: 4,
              sum: 9,
              scale: -1,
              zeroCount: "1",
              zeroThreshold: 0.1,
              positive: { offset: -3, bucketCounts: [1, "1"] },
              negative: { bucketCounts: [1] },
            },
          ],
        },
      },
      {
        name: "summary",
        summary: {
          dataPoints: [{ ...point, count: 2, sum: 8, quantileValues: [{ quantile: 0.5, value: 4 }] }],
        },
      },
      { name: "ended", gauge: { dataPoints: [{ ...point, flags: 1 }] } },
      { name: "odd", gauge: { dataPoints: [{ ...point, asDouble: "NaN" }] } },
    ];
    const { batch, refusals } = decode(
      { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] },
      "points",
    );
    expect(refusals).toEqual(new Map());
    const exemplar = {
      timeUnixNano: 1544712660300000001n,
      value: 7.5,
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId: "eee19b7ec3c1b174",
      attributes: {},
    };
    expect(
      batch.kind === "points" &&
        batch.points.map(({ metric, value, exemplars }) => [metric.name, value, exemplars]),
    ).toEqual([
      ["counter", { kind: "number", value: 5 }, []],
      ["big", { kind: "number", value: 1544712660300000000, exactValue: exact }, []],
      ["gauge", { kind: "number", value: 10 }, [exemplar]],
      [
        "histogram",
        { kind: "histogram", count: 3, sum: 3, min: 1, max: 1, bounds: [1], counts: [1, 2] },
        [exemplar],
      ],
      [
        "exponential",
        {
          ...{
            kind: "exponential",
            count: 4,
            sum: 9,
            min: undefined,
            max: undefined,
            scale: -1,
            zeroCount: 1,
            zeroThreshold: 0.1,
          },
          ...{ positive: { offset: -3, counts: [1, 1] }, negative: { offset: 0, counts: [1] } },
        },
        [],
      ],
      ["summary", { kind: "summary", count: 2, sum: 8, quantiles: [{ quantile: 0.5, value: 4 }] }, []],
      ["ended", { kind: "none" }, []],
      ["odd", { kind: "number", value: Number.NaN }, []],
    ]);
  });

  it("keeps logs and events whole, also with a map written as a bare list", () => {
    const values = {
      "string.attribute": "some string",
      "boolean.attribute": true,
      "int.attribute": 10,
      "double.attribute": 637.704,
      "array.attribute": ["many", "values"],
      "map.attribute": { "some.map.key": "some value" },
    };
    const logRecords = [
      {
        ...{
          timeUnixNano: exact,
          observedTimeUnixNano: exact,
          severityNumber: "SEVERITY_NUMBER_INFO",
          severityText: "Information",
        },
        ...{
          traceId: "5B8EFFF798038103D269B633813FC60C",
          spanId: "EEE19B7EC3C1B174",
          body: { stringValue: "Example log record" },
        },
        attributes: attributes(values),
      },
      {
        timeUnixNano: exact,
        severityNumber: 9,
        eventName: "browser.page_view",
        body: { kvlistValue: [{ key: "type", value: { intValue: "0" } }] },
      },
      { body: { bytesValue: "AAEC" } },
    ];
    const { batch } = decode({ resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] }, "logs");
    expect(batch).toMatchObject({
      logs: [
        {
          ...{
            timeUnixNano: 1544712660300000001n,
            observedUnixNano: 1544712660300000001n,
            severityNumber: 9,
            severityText: "Information",
          },
          ...{
            traceId: "5b8efff798038103d269b633813fc60c",
            spanId: "eee19b7ec3c1b174",
            body: "Example log record",
            attributes: values,
          },
        },
        { eventName: "browser.page_view", body: { type: 0 }, severityNumber: 9 },
        { body: "AAEC" },
      ],
    });
  });

  // Red when: a field that is null counts as given.
  it("takes a field that is null for one left out, also where one of several may be given", () => {
    const exemplars = [{ timeUnixNano: exact, asInt: null, asDouble: 7.5 }];
    const value = { stringValue: null, intValue: null, bytesValue: null, arrayValue: null };
    const dataPoint = {
      ...{ timeUnixNano: exact, asInt: null, asDouble: 1.5, exemplars },
      attributes: [
        { key: "number", value: { ...value, doubleValue: 2.5 } },
        { key: "map", value: { ...value, kvlistValue: { values: null } } },
        { key: "nothing", value },
      ],
    };
    const metrics = [{ name: "gauge", sum: null, gauge: { dataPoints: [dataPoint] } }];
    const { batch } = decode(
      { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] },
      "points",
    );
    const point = {
      value: { kind: "number", value: 1.5 },
      exemplars: [{ value: 7.5 }],
      attributes: { number: 2.5, map: {}, nothing: null },
    };
    expect(batch).toMatchObject({ points: [point] });
  });
});

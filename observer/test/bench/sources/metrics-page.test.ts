import { expect, it } from "vitest";
import { sumOf } from "../../../bench/sources/metrics-page.ts";

const page = [
  "# TYPE requests_total counter",
  'requests_total{code="200",path="/query"} 3',
  'requests_total{code="500",path="/query"} 1',
  'requests_total{code="200",path="/write"} 10',
  "requests_total_created 99",
  "cpu_seconds 1.5e+00",
].join("\n");

it.each([
  ["requests_total", "", 14],
  ["requests_total", 'path="/query"', 4],
  ["cpu_seconds", "", 1.5],
  ["absent", "", 0],
])("sums the series of %s with %j", (metric, labels, expected) => {
  expect(sumOf(page, metric, labels)).toBe(expected);
});

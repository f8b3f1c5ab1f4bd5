import { expect, it } from "vitest";
import { toExposition } from "../../../src/exports/prometheus/to-exposition.ts";

const family = { name: "shop.tick.age", unit: "s", kind: "gauge", help: "Age." } as const;

it("names metrics and labels as if they had come over OTLP", () => {
  const samples = [{ attributes: { "service.name": "shop", endpoint: "" }, value: 1.5 }];
  expect(toExposition([{ ...family, samples }])).toBe(
    '# HELP shop_tick_age_seconds Age.\n# TYPE shop_tick_age_seconds gauge\nshop_tick_age_seconds{service_name="shop"} 1.5\n',
  );
});

it("counters end in total", () => {
  const samples = [{ attributes: {}, value: 3 }];
  const text = toExposition([
    { ...family, name: "shop.ticks.missed", unit: "{tick}", kind: "counter", samples },
  ]);
  expect(text).toContain("shop_ticks_missed_total 3\n");
});

it("a metric without samples is not spoken of", () => {
  expect(toExposition([{ ...family, samples: [] }])).toBe("\n");
});

// Red when: `escapeText` is left away for values of labels.
it("what a sender wrote cannot end a label or a line", () => {
  const samples = [{ attributes: { reason: 'a"} 1\nb\\' }, value: Number.POSITIVE_INFINITY }];
  expect(toExposition([{ ...family, samples }]).split("\n")[2]).toBe(
    'shop_tick_age_seconds{reason="a\\"} 1\\nb\\\\"} +Inf',
  );
});

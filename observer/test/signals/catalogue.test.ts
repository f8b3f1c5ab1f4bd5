import { describe, expect, it } from "vitest";
import { type SignalName, signalCatalogue } from "../../src/signals/catalogue.ts";
import type {
  CounterInput,
  EventInput,
  GaugeInput,
  Reading,
  SignalDefinition,
} from "../../src/signals/signal-definition.ts";

type Input = EventInput | CounterInput | GaugeInput;

const signals = Object.entries(signalCatalogue) as [SignalName, SignalDefinition][];
const inputsOf = (reading: Reading): Input[] =>
  reading.kind === "quotient" ? [reading.dividend.of, reading.divisor.of] : [reading.of];
const allInputs = signals.flatMap(([, { readings }]) => readings.flatMap(inputsOf));

describe("the catalogue", () => {
  it("names each signal as its key does", () => {
    for (const [key, { name }] of signals) expect(name).toBe(key);
  });

  // Red when: two inputs share an id, and an adapter would mix their series in one ring.
  it("uses one object for one input id", () => {
    const byId = new Map<string, Input>();
    for (const input of allInputs) {
      expect(byId.get(input.id) ?? input).toBe(input);
      byId.set(input.id, input);
    }
  });

  // Red when: a metric is named by two inputs of different kinds.
  it("reads a metric by one input alone", () => {
    const owner = new Map<string, string>();
    for (const input of allInputs) {
      for (const { name } of input.kind === "spans" ? [] : input.metrics) {
        expect(owner.get(name) ?? input.id).toBe(input.id);
        owner.set(name, input.id);
      }
    }
  });

  it.each(signals)("%s counts what its readings count", (_, { countOf, instances, readings }) => {
    for (const { kind } of readings) {
      const countsEvents = kind === "quantile" || kind === "failureRatio" || kind === "eventRate";
      expect(countOf).toBe(countsEvents ? "requests" : "points");
      if (countsEvents) expect(instances).toBe("pool");
    }
  });

  it.each(signals.filter(([, { unit }]) => unit === "ms" || unit === "MB"))(
    "%s is scaled from every unit it is sent in",
    (_, { unit, readings }) => {
      const factors: Record<string, number> = unit === "ms" ? { s: 1000, ms: 1 } : { By: 1e-6 };
      for (const input of readings.flatMap(inputsOf)) {
        for (const metric of input.kind === "spans" ? [] : input.metrics)
          expect(metric.scale).toBe(factors[metric.unit]);
      }
    },
  );
});

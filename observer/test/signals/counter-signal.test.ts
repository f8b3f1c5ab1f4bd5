import { describe, expect, it } from "vitest";
import { findSignal, getSignal } from "../../src/signals/catalogue.ts";
import { subjectKey } from "../../src/signals/subject.ts";
import { createStreamSource } from "../../src/store/windows/stream-source.ts";
import { shop } from "../store/records.ts";
import { counter, ms } from "../store/window-fixture.ts";

const name = "counter:shop.orders.placed";
const { environment, namespace, service } = shop;
const key = subjectKey({ environment, namespace, service });

/** A counter of two currencies that grows by three a second in all, over twenty seconds. */
function feed(source: ReturnType<typeof createStreamSource>): void {
  for (let at = 0; at <= 20; at += 1) {
    source.add([
      counter("shop.orders.placed", at, { at, attributes: { "shop.currency": "EUR" } }),
      counter("shop.orders.placed", at * 2, { at, attributes: { "shop.currency": "USD" } }),
    ]);
  }
}

describe("a counter that the configuration names", () => {
  it("is read per minute, its attributes added up", () => {
    const source = createStreamSource();
    source.follow([name]);
    feed(source);
    const sample = source.read(name, 10, ms(20)).get(key);
    expect(sample?.value).toBeCloseTo(180, 6);
    expect(sample?.subject).toEqual({ environment, namespace, service });
  });

  it("is not looked at before it is followed", () => {
    const source = createStreamSource();
    feed(source);
    expect(source.read(name, 10, ms(20)).size).toBe(0);
    source.follow([name]);
    source.follow([name]);
    expect(source.read(name, 10, ms(20)).size).toBe(0);
  });

  // Red when: `follow` of compileCatalogue overwrites who reads a metric.
  it("never takes a metric away from the signal that reads it", () => {
    const source = createStreamSource();
    source.follow(["counter:process.cpu.time"]);
    for (let at = 0; at <= 20; at += 1) {
      source.add([
        counter("process.cpu.time", at / 2, { at }),
        counter("kontor.process.cpu.allowed", 1, { at }),
      ]);
    }
    expect(source.read("counter:process.cpu.time", 10, ms(20)).size).toBe(0);
  });
});

describe("the name of a signal", () => {
  it("leads to its definition, whether it is catalogued or of a counter", () => {
    expect(findSignal("cpuRatio")?.unit).toBe("ratio");
    expect(getSignal(name)).toMatchObject({ name, unit: "1/min", dimensions: [] });
    expect(findSignal("counter:")).toBeUndefined();
    expect(findSignal("nothing")).toBeUndefined();
    expect(findSignal("toString")).toBeUndefined();
  });
});

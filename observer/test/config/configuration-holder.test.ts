import { describe, expect, it } from "vitest";
import { createConfigurationHolder } from "../../src/config/configuration-holder.ts";
import { readConfiguration } from "../../src/config/read-configuration.ts";
import { readGood } from "./read.ts";

const read = (text: string) => readConfiguration(text, { environment: {} });

describe("a reload", () => {
  // Red when: reload assigns `current` before it looks at `ok`.
  it("with a mistake keeps the running configuration and says what is wrong", () => {
    const first = readGood({ defaults: { cpuRatioMax: 0.7 } });
    const holder = createConfigurationHolder(first);
    expect(holder.reload(read('{"defaults":{"cpuRatioMax":7}}')).ok).toBe(false);
    expect(holder.current).toBe(first);
    expect(holder.rejected[0]?.path).toBe("defaults.cpuRatioMax");
  });

  it("without one swaps and forgets what was wrong before", () => {
    const holder = createConfigurationHolder(readGood({}));
    holder.reload(read("{"));
    expect(holder.reload(read('{"defaults":{"cpuRatioMax":0.5}}'))).toMatchObject({
      ok: true,
      changed: true,
    });
    expect(holder.rejected).toEqual([]);
    expect(holder.current.unnamedService.limits[0]?.limit).toBe(0.5);
  });

  it("that only moves white space changes nothing", () => {
    const holder = createConfigurationHolder(readGood({ defaults: { cpuRatioMax: 0.7 } }));
    expect(holder.reload(read('{\n "defaults" : {"cpuRatioMax":  7e-1}}'))).toMatchObject({
      ok: true,
      changed: false,
    });
  });
});

describe("the hash", () => {
  const hash = (input: object, environment = {}) => readGood(input, environment).hash;

  it("is the same for the same decisions, however they are written", () => {
    const a = { defaults: { cpuRatioMax: 0.7, memoryMbMax: 4 }, services: { a: {}, b: {} } };
    const b = {
      services: { b: {}, a: {} },
      $schema: "x",
      defaults: { memoryMbMax: { limit: 4 }, windowSeconds: 30, cpuRatioMax: 0.7 },
    };
    expect(hash(a)).toMatch(/^[0-9a-f]{16}$/);
    expect(hash(b)).toBe(hash(a));
  });

  it("changes with any decision", () => {
    const base = { defaults: { cpuRatioMax: 0.7 }, services: { a: { healthUrl: `http://\${H:-a}/` } } };
    const hashes = [
      hash(base),
      hash({ ...base, defaults: { cpuRatioMax: 0.71 } }),
      hash({ ...base, defaults: { cpuRatioMax: 0.7, forSeconds: 1 } }),
      hash({ ...base, scalingHeadroomRatio: 0.7 }),
      hash({ ...base, diagnosis: { nPlusOneCountMin: 6 } }),
      hash(base, { H: "b" }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

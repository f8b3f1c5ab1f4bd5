import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { counterLimitKeyNames, limitKeyNames } from "../../src/config/limit-keys.ts";
import { toJsonSchema } from "../../src/config/to-json-schema.ts";
import { keysAt } from "../../src/config/to-problems.ts";
import { toConfigurationReference } from "../../src/config/to-reference.ts";

const read = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

describe("the reference for people", () => {
  // Red when: a row of the table of services is left out of to-reference.
  it("names every key of defaults, services, reports and receivers", () => {
    const reference = toConfigurationReference();
    const places = [["defaults"], ["services", "any"], ["reports", 0], ["alerts", "receivers", 0]];
    const keys = places.flatMap(keysAt).filter((key) => key !== "$schema");
    expect(keys.filter((key) => !reference.includes(`\`${key}\``))).toEqual([]);
  });
});

describe("what is made from the tables", () => {
  it("is current: the JSON Schema", async () => {
    expect(await read("observer_config.schema.json")).toBe(toJsonSchema());
  });

  it("is current: the reference", async () => {
    expect(await read("configuration.md")).toBe(toConfigurationReference());
  });

  it("defines every limit once and refuses unknown keys", () => {
    const schema = JSON.parse(toJsonSchema());
    expect(Object.keys(schema.$defs).toSorted()).toEqual(
      [...limitKeyNames, ...counterLimitKeyNames].toSorted(),
    );
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.services.additionalProperties.additionalProperties).toBe(false);
  });
});

describe("the name of a limit", () => {
  it.each([...limitKeyNames, ...counterLimitKeyNames])("%s ends in its bound", (name) => {
    expect(name).toMatch(/(Max|Min)$/);
  });
});

import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../src/config/read-configuration.ts";
import { readGood } from "../config/read.ts";
import { baseFile } from "./base-configuration.ts";
import { changeFile } from "./change-file.ts";
import { listSchemaKeys } from "./schema-keys.ts";
import { type SurfaceRow, surfaceTable } from "./surface-table.ts";
import { listChanged, toSurfaces } from "./surfaces.ts";

const before = toSurfaces(readGood(baseFile()));
const schemaKeys = new Map(listSchemaKeys().map((key) => [key.path, key]));

/** @returns for each key that changes other surfaces than its row says, those it changes */
function findWrong({ keys, to, changes }: SurfaceRow): object[] {
  return keys.flatMap((path): object[] => {
    const key = schemaKeys.get(path);
    if (key === undefined) return [{ path, found: "no such key" }];
    const reading = readConfiguration(JSON.stringify(changeFile(key, to)), { environment: {} });
    const changed = reading.ok ? listChanged(before, toSurfaces(reading.configuration)) : "refused";
    return JSON.stringify(changed) === JSON.stringify(changes) ? [] : [{ path, changed, changes }];
  });
}

describe("one number, all its surfaces", () => {
  it("every key of the schema stands in the table, and no other", () => {
    const listed = new Set(surfaceTable.flatMap(({ keys }) => keys));
    expect([...schemaKeys.keys()].filter((path) => !listed.has(path))).toEqual([]);
    expect([...listed].filter((path) => !schemaKeys.has(path))).toEqual([]);
  });

  // Red when: any surface has a literal in place of the number, such as `params: [500]` in Grafana's rules, or reads one that is not its own.
  it.each(
    surfaceTable.map(
      (row) => [`${row.keys[0]} and ${row.keys.length - 1} others: ${row.because}`, row] as const,
    ),
  )(
    "changes exactly what the table says: %s",
    (_, row) => {
      expect(findWrong(row)).toEqual([]);
    },
    120_000,
  );
});

describe("without limits", () => {
  // Red when: a panel, a rule or a line of the report has a number of its own.
  it("no surface has a number that something is measured by", () => {
    const empty = readGood({ services: { shop: { endpoints: { "GET /items": {} } } } });
    const { runtimeRules, prometheusRules, grafanaRules, dashboards, report } = toSurfaces(empty);
    expect(JSON.parse(runtimeRules)[0]).toEqual([]);
    expect([prometheusRules, grafanaRules]).toEqual(["[]", "[]"]);
    // 1 is all of a limit, and the share of time in which it was kept.
    const steps = [...dashboards.matchAll(/"steps":(\[.*?\])/g)].flatMap(([, list = ""]) => JSON.parse(list));
    expect(new Set(steps.map(({ value }) => value))).toEqual(new Set([null, 1]));
    expect(report).not.toMatch(/[≤≥]|\*\*\d/);
  });
});

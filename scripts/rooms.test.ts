import { describe, expect, it } from "vitest";
import { readFile, readFiles } from "./checks/repository-files.ts";
import { findForbiddenImports, readRoomTable, roomTable } from "./checks/rooms.ts";

// All sources but this file, whose texts below look like imports.
const sources = /^(services|observer|perf|scripts\/(?!rooms\.test))\b.*\.(ts|tsx|mjs)$/;

describe("rooms", () => {
  it("import only what the table allows", () => {
    expect(findForbiddenImports(readFiles(sources))).toEqual([]);
  });

  it("are the same in ARCHITECTURE.md", () => {
    expect(readRoomTable(readFile("ARCHITECTURE.md"))).toEqual(roomTable);
  });

  // Red when: `resolve` of checks/rooms.ts forgets relative paths or the names of workspaces.
  it.each([
    ["observer/src/rules/a.ts", 'import { x } from "../alerts/b.ts";', "observer/src/alerts/b.ts"],
    ["observer/src/signals/a.ts", 'import "@kontor/kit/postgres";', "services/kit/src/postgres.ts"],
    ["services/auth/src/a.ts", 'await import("../../gateway/src/b.ts")', "services/gateway/src/b.ts"],
    ["services/auth/test/a.ts", 'export { x } from "@kontor/observer/b"', "observer/src/b.ts"],
    ["services/kit/src/a.ts", 'import type { X } from "@kontor/observer/b"', "observer/src/b.ts"],
    ["perf/src/a.ts", 'import { x } from "../../services/core-erp/src/b.ts"', "services/core-erp/src/b.ts"],
  ])("catch a forbidden import of %s", (path, text, target) => {
    expect(findForbiddenImports([{ path, text }])).toEqual([`${path} imports ${target}`]);
  });

  it.each([
    ["observer/src/http/a.ts", 'import { x } from "../state/b.ts"; import "@kontor/kit/errors";'],
    ["observer/src/signals/a.ts", 'import { x } from "@kontor/kit/metric-names";'],
    ["observer/test/rules/a.ts", 'import { x } from "../../src/alerts/b.ts";'],
    ["scripts/a.ts", '// from "../services/auth/src/b.ts"\nimport { x } from "@kontor/perf/load/b";'],
  ])("let a good import of %s pass", (path, text) => {
    expect(findForbiddenImports([{ path, text }])).toEqual([]);
  });

  it("leave no file outside", () => {
    expect(findForbiddenImports([{ path: "observer/src/attic/a.ts", text: "" }])).toHaveLength(1);
  });
});

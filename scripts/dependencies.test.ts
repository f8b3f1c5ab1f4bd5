import { describe, expect, it } from "vitest";
import { findUnlistedImports, readManifest, readPackageNames } from "./checks/dependencies.ts";
import { readFiles } from "./checks/repository-files.ts";

const manifests = readFiles(/^((services\/[^/]+|observer|perf)\/)?package\.json$/).map(readManifest);
// All sources but this file, whose texts below look like imports. The shop has a lock file of its own.
const sources = readFiles(
  /^(?!scripts\/dependencies\.test|observer\/test\/foreign\/shop\/).*\.(ts|tsx|mjs)$/,
);

describe("every workspace", () => {
  // Red when: an entry of any package.json is removed that its code imports.
  it("lists the packages it imports", () => {
    expect(manifests.length).toBeGreaterThan(8);
    expect(findUnlistedImports(sources, manifests)).toEqual([]);
  });
});

describe("the check", () => {
  it.each([
    ['import pg from "pg";', ["pg"]],
    ['import type { A } from "@scope/name/deep/er";\nimport "side-effect";', ["@scope/name", "side-effect"]],
    ['import {\n  one,\n  two,\n} from "long";', ["long"]],
    [
      'export { x } from "again";\nawait import("late"); import.meta.resolve("asked/for");',
      ["again", "late", "asked"],
    ],
    ['import fs from "node:fs"; import "path";\nimport a from "./own.ts";', []],
    ['const text = `select 1 from "t"`; // from "comment"', []],
  ])("reads %j", (text, names) => {
    expect(readPackageNames({ path: "a.ts", text }).sort()).toEqual(names.sort());
  });

  const root = { name: "root", folder: "", dependencies: ["zod"], devDependencies: ["vitest"] };
  const shop = {
    name: "@k/shop",
    folder: "services/shop",
    dependencies: ["express"],
    devDependencies: ["nock"],
  };
  const look = (path: string, name: string) =>
    findUnlistedImports([{ path, text: `import "${name}";` }], [root, shop]);

  it.each([
    ["services/shop/src/a.ts", "zod"],
    ["services/shop/src/a.ts", "nock"],
    ["services/shop/src/a.ts", "vitest"],
    ["services/shop/test/a.test.ts", "zod"],
    ["scripts/a.ts", "express"],
  ])("finds that %s may not import %s", (path, name) => {
    expect(look(path, name)).toEqual([expect.stringContaining(`${path} imports ${name}, which`)]);
  });

  it.each([
    ["services/shop/src/a.ts", "express"],
    ["services/shop/src/a.ts", "@k/shop/b"],
    ["services/shop/test/a.test.ts", "nock"],
    ["services/shop/test/a.test.ts", "vitest"],
    ["scripts/a.ts", "@k/shop/b"],
  ])("lets %s import %s", (path, name) => {
    expect(look(path, name)).toEqual([]);
  });
});

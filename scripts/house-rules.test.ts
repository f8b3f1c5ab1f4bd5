import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { findBrokenRules, houseRules } from "./checks/house-rules.ts";
import { listFiles, readFiles } from "./checks/repository-files.ts";

const text = readFiles(/\.(ts|tsx|mjs|md|json|ya?ml|sql|sh|html|css)$|^\.ci\/|^\.npmrc$/);
const sources = text.filter(({ path }) => !path.endsWith("house-rules.test.ts"));

describe("sources", () => {
  it.each(houseRules.map((rule) => [rule.name, rule] as const))("%s", (_, rule) => {
    expect(findBrokenRules([rule], sources)).toEqual([]);
  });

  it.each([
    ["services/auth/src/a.ts", "process.exit(1)"],
    ["services/auth/src/a.ts", "const level = process.env.LOG_LEVEL"],
    ["observer/src/rules/a.ts", "const now = Date.now()"],
    ["observer/src/diagnosis/a.ts", 'import { readFile } from "node:fs/promises"'],
    ["observer/src/http/a.ts", "const x = y as any"],
    ["observer/test/a.test.ts", "it.skip('x', () => {})"],
    ["observer/src/http/a.ts", "// TODO: later"],
    ["services/auth/src/a.ts", 'meter.createCounter("orders")'],
    ["perf/src/a.ts", "const limits = { latencyP95MsMax: 500 }"],
    ["observer/src/exports/a.ts", 'draw("cpuRatioMax", 0.7)'],
    ["scripts/a.ts", 'limits["errorRatioMax"] ?? 0.02'],
    ["observer/src/http/a.ts", "if (value > memoryMbMax || memoryMbMax > 512) return"],
    ["observer/src/http/a.ts", "defaults = { queueDepthMax: { forSeconds: 15 } }"],
  ])("in %s the check sees: %s", (path, line) => {
    expect(findBrokenRules(houseRules, [{ path, text: line }])).toHaveLength(1);
  });

  it("a rule is not broken by a comment or by what only looks like it", () => {
    const text = "/* process.exit(1) */ const company: Company = many; // process.env\n";
    expect(findBrokenRules(houseRules, [{ path: "services/auth/src/a.ts", text }])).toEqual([]);
  });

  it("are named in kebab-case", () => {
    const names = listFiles().filter((path) =>
      /^(services|observer|perf|scripts)\/.*\.(ts|tsx|mjs)$/.test(path),
    );
    expect(names.filter((path) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(basename(path)))).toEqual([]);
  });

  it("name no machine and no registry", () => {
    const machine =
      /\/(work|root|home\/[a-z]\w*|Users\/[a-z]\w*)\/\w|\bregistry\.(npmjs|yarnpkg)\b|\bgoproxy\b/;
    const found = sources
      .filter(({ path }) => path !== "package-lock.json")
      .filter((file) => machine.test(file.text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

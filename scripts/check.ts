import { join } from "node:path";
import { runStep } from "./checks/run-step.ts";
import { runVitest } from "./checks/run-vitest.ts";
import { judgeSkips } from "./checks/skips.ts";
import { type TestCounts, toClosingLine } from "./checks/test-counts.ts";
import { repository } from "./starter/install.mjs";

type Step = { name: string; run(): Promise<TestCounts> };

const steps: readonly Step[] = [
  { name: "format and lint", run: () => single("node_modules/@biomejs/biome/bin/biome", ["ci", "."]) },
  {
    name: "types",
    run: () => single("node_modules/typescript/bin/tsc", ["--noEmit", "-p", "tsconfig.json"]),
  },
  { name: "generated files", run: () => single("scripts/generate.ts", ["--check"]) },
  {
    name: "tests",
    run: async () => judgeSkips(await runVitest(process.argv.slice(2)), process.env.CI === "true"),
  },
];

async function single(script: string, args: readonly string[]): Promise<TestCounts> {
  const isGood = (await runStep(join(repository, script), args)) === 0;
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
}

// All are run, also after a failure: one look shows everything there is to mend.
const results: { name: string; counts: TestCounts; seconds: number }[] = [];
for (const [index, { name, run }] of steps.entries()) {
  console.log(`\n[${index + 1}/${steps.length}] ${name}`);
  const startedAt = performance.now();
  const counts = await run();
  results.push({ name, counts, seconds: (performance.now() - startedAt) / 1000 });
}

console.log("");
for (const { name, counts, seconds } of results) {
  console.log(`${counts.failed === 0 ? "ok    " : "FAILED"} ${name.padEnd(16)} ${seconds.toFixed(1)} s`);
}
const sum = (pick: (counts: TestCounts) => number) =>
  results.reduce((total, { counts }) => total + pick(counts), 0);
const total = { passed: sum((c) => c.passed), failed: sum((c) => c.failed), skipped: sum((c) => c.skipped) };
console.log(`\n${toClosingLine(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;

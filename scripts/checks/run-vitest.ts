import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../starter/install.mjs";
import { runStep } from "./run-step.ts";
import { readTestCounts, type TestRun } from "./test-counts.ts";

/**
 * Runs the tests, showing vitest's own output.
 *
 * @param args for vitest, such as the folders to run
 */
export async function runVitest(args: readonly string[]): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), "kontor-tests-"));
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const exitCode = await runStep(join(repository, "node_modules/vitest/vitest.mjs"), [
      "run",
      ...reporters,
      ...args,
    ]);
    return readTestCounts(await readFile(file, "utf8").catch(() => undefined), exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

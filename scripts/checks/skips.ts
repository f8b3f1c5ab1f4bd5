import { z } from "zod";
import { readFile } from "./repository-files.ts";
import type { TestCounts, TestRun } from "./test-counts.ts";

const allowed = z.array(
  z.strictObject({
    /** As vitest names it: the path of the file, or the path, ` > ` and the names of groups and test. */
    test: z.string(),
    reason: z.string().min(1),
  }),
);

/** Tests that CI may do without, each with its reason. */
export function readAllowedSkips(): string[] {
  return allowed.parse(JSON.parse(readFile("scripts/checks/allowed-skips.json"))).map(({ test }) => test);
}

/** @returns the skipped tests that are not in the list */
export function findUnexpectedSkips(skipped: readonly string[], list: readonly string[]): string[] {
  return skipped.filter((name) => !list.some((each) => name === each || name.startsWith(`${each} > `)));
}

/**
 * What was skipped is shown, and in CI counts as failed unless the list allows it.
 *
 * @param isCi whether nobody may be asked to install something
 */
export function judgeSkips(run: TestRun, isCi: boolean): TestCounts {
  const { passed, failed, skipped, skippedTests } = run;
  for (const test of skippedTests) console.log(`skipped: ${test}`);
  const unexpected = isCi ? findUnexpectedSkips(skippedTests, readAllowedSkips()) : [];
  if (unexpected.length > 0) {
    console.log(
      `\n${unexpected.length} skipped that scripts/checks/allowed-skips.json does not list: CI fails on them.`,
    );
  }
  return { passed, failed: failed + unexpected.length, skipped: skipped - unexpected.length };
}

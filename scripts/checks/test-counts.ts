import { relative } from "node:path";
import { z } from "zod";
import { repository } from "../starter/install.mjs";

export type TestCounts = { passed: number; failed: number; skipped: number };

/** Of one run, with the names of the tests that were skipped. */
export type TestRun = TestCounts & { skippedTests: readonly string[] };

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), title: z.string(), ancestorTitles: z.array(z.string()) }),
      ),
    }),
  ),
});

/**
 * Counts of a run of vitest. A file that could not even be loaded counts as one failure, and so does a run that failed
 * outside of every test.
 *
 * @param json the report of vitest's json reporter; undefined when it wrote none
 */
export function readTestCounts(json: string | undefined, exitCode: number): TestRun {
  if (json === undefined) return { passed: 0, failed: 1, skipped: 0, skippedTests: [] };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = report.parse(
    JSON.parse(json),
  );
  const isLoadFailure = ({ status, assertionResults }: (typeof testResults)[number]) =>
    status === "failed" && !assertionResults.some((each) => each.status === "failed");
  const failed = numFailedTests + testResults.filter(isLoadFailure).length;
  return {
    passed: numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
    skippedTests: testResults.flatMap(readSkipped),
  };
}

const skippedStates = new Set(["skipped", "pending", "todo", "disabled"]);

function readSkipped({ name, assertionResults }: z.infer<typeof report>["testResults"][number]): string[] {
  const path = relative(repository, name);
  return assertionResults
    .filter(({ status }) => skippedStates.has(status))
    .map(({ ancestorTitles, title }) => [path, ...ancestorTitles, title].join(" > "));
}

/** One line that people and machines read: `12 passed, 0 failed`. */
export function toClosingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

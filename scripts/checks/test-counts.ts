import { z } from "zod";

export type TestCounts = { passed: number; failed: number; skipped: number };

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/**
 * Counts of a run of vitest. A file that could not even be loaded counts as one failure, and so does a run that failed
 * outside of every test.
 *
 * @param json the report of vitest's json reporter; undefined when it wrote none
 */
export function readTestCounts(json: string | undefined, exitCode: number): TestCounts {
  if (json === undefined) return { passed: 0, failed: 1, skipped: 0 };
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
  };
}

/** One line that people and machines read: `12 passed, 0 failed`. */
export function toClosingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

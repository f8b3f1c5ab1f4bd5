import { describe, expect, it } from "vitest";
import { readTestCounts, toClosingLine } from "../../checks/test-counts.ts";

const report = (passed: number, failed: number, files: object[] = []) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: files,
  });

describe("the closing line", () => {
  it.each([
    ["all passed", report(3, 0), 0, "3 passed, 0 failed"],
    [
      "one failed",
      report(2, 1, [{ status: "failed", assertionResults: [{ status: "failed" }] }]),
      1,
      "2 passed, 1 failed",
    ],
    [
      "a file could not be loaded",
      report(2, 0, [{ status: "failed", assertionResults: [] }]),
      1,
      "2 passed, 1 failed",
    ],
    ["something failed outside of every test", report(2, 0), 1, "2 passed, 1 failed"],
    ["vitest wrote no report", undefined, 0, "0 passed, 1 failed"],
  ])("when %s", (_, json, exitCode, line) => {
    expect(toClosingLine(readTestCounts(json, exitCode))).toBe(line);
  });

  it("tells of skipped tests only when there are any", () => {
    expect(toClosingLine({ passed: 1, failed: 0, skipped: 2 })).toBe("1 passed, 0 failed, 2 skipped");
  });
});

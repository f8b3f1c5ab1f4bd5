import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findUnexpectedSkips } from "../../checks/skips.ts";
import { readTestCounts, toClosingLine } from "../../checks/test-counts.ts";
import { repository } from "../../starter/install.mjs";

const report = (passed: number, failed: number, files: object[] = []) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: files,
  });

const assertion = (status: string, title: string) => ({ status, title, ancestorTitles: ["group"] });

describe("the closing line", () => {
  it.each([
    ["all passed", report(3, 0), 0, "3 passed, 0 failed"],
    [
      "one failed",
      report(2, 1, [
        { name: "/a.test.ts", status: "failed", assertionResults: [assertion("failed", "breaks")] },
      ]),
      1,
      "2 passed, 1 failed",
    ],
    [
      "a file could not be loaded",
      report(2, 0, [{ name: "/a.test.ts", status: "failed", assertionResults: [] }]),
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

describe("skipped tests", () => {
  const file = join(repository, "perf/test/a.test.ts");
  const results = [
    assertion("passed", "runs"),
    assertion("pending", "waits"),
    assertion("skipped", "sleeps"),
  ];
  const json = report(1, 0, [{ name: file, status: "passed", assertionResults: results }]);

  it("are named by file, group and title", () => {
    expect(readTestCounts(json, 0).skippedTests).toEqual([
      "perf/test/a.test.ts > group > waits",
      "perf/test/a.test.ts > group > sleeps",
    ]);
  });

  // Red when: findUnexpectedSkips takes any name that begins like one of the list.
  it.each([
    [[], ["perf/test/a.test.ts > group > waits"]],
    [["perf/test/a.test.ts > group > waits"], []],
    [["perf/test/a.test.ts"], []],
    [["perf/test/a"], ["perf/test/a.test.ts > group > waits"]],
  ])("are unexpected unless the list %j holds the test or its file", (list, unexpected) => {
    expect(findUnexpectedSkips(["perf/test/a.test.ts > group > waits"], list)).toEqual(unexpected);
  });
});

import type { Diagnosis } from "@kontor/observer/diagnosis/diagnosis";
import { describe, expect, it } from "vitest";
import { epochMs, testDiagnosis, toTree, traceBuilder } from "../trace-builder.ts";

const report = "select * from invoices where lower(note) like $1";

function slowTrace(seed: number, ms: number, sql = report) {
  const t = traceBuilder(seed);
  const root = t.request("GET /api/invoices", { at: 0, ms: ms + 20 });
  t.sql(sql, { parent: root, at: 10, ms, query: "invoices.search" });
  return toTree(t);
}

function feed(diagnosis: Diagnosis, count: number, ms: number, sql?: string) {
  return Array.from({ length: count }, (_, i) => {
    const { detections } = diagnosis.diagnose(slowTrace(i + 1, ms, sql), epochMs + i * 1_000);
    return detections.filter((one) => one.detector === "slow-sql");
  });
}

describe("slow SQL", () => {
  // Red when: the floor counts spans of one trace, or the trace itself twice.
  it("is found from the third trace on in which it was slow", () => {
    const [first, second, third] = feed(testDiagnosis(), 3, 700);
    expect([first, second]).toEqual([[], []]);
    expect(third).toMatchObject([
      { place: "invoices.search", count: 1, statement: "select * from invoices where lower(note) like ?" },
    ]);
    expect(third?.[0]?.expectedGainMs).toBeCloseTo(200, 1);
    expect(third?.[0]?.recommendation).toContain("700 ms");
  });

  // Red when: isCandidate takes the inside of a statement for another one.
  it("counts one run once that object mapper and driver both show", () => {
    const diagnosis = testDiagnosis();
    const last = [1, 2, 3].map((seed) => {
      const t = traceBuilder(seed);
      const root = t.request("GET /api/invoices", { at: 0, ms: 720 });
      const mapper = t.sql(report, { parent: root, at: 10, ms: 702 });
      t.sql(report, { parent: mapper, at: 11, ms: 700 });
      return diagnosis.diagnose(toTree(t), epochMs + seed * 1_000).detections;
    })[2];
    expect(last).toMatchObject([{ detector: "slow-sql", count: 1 }]);
    expect(last?.[0]?.expectedGainMs).toBeCloseTo(202, 0);
  });

  // Red when: slowSql no longer looks at what was found before it.
  it("is left to the N+1 detector where that has found the runs", () => {
    const diagnosis = testDiagnosis();
    for (const seed of [1, 2, 3, 4]) {
      const t = traceBuilder(seed);
      const root = t.request("GET /api/invoices", { at: 0, ms: 4_000 });
      for (let i = 0; i < 6; i += 1) t.sql(report, { parent: root, at: 10 + i * 605, ms: 600, hash: `${i}` });
      const { detections } = diagnosis.diagnose(toTree(t), epochMs + seed * 1_000);
      expect(detections.map((one) => one.detector)).toEqual(["n-plus-one-sql"]);
    }
  });

  it("is not found exactly at the limit", () => {
    expect(feed(testDiagnosis(), 5, 500).flat()).toEqual([]);
    expect(feed(testDiagnosis(), 5, 500.1).flat()).toHaveLength(3);
  });

  it("does not count a trace twice that is diagnosed again", () => {
    const diagnosis = testDiagnosis();
    for (let i = 0; i < 5; i += 1)
      expect(diagnosis.diagnose(slowTrace(1, 700), epochMs + i).detections).toEqual([]);
  });

  it("forgets what was slow longer ago than the window", () => {
    const diagnosis = testDiagnosis({ settings: { slowSqlOccurrencesWindowSeconds: 60 } });
    feed(diagnosis, 2, 700);
    expect(diagnosis.diagnose(slowTrace(9, 700), epochMs + 120_000).detections).toEqual([]);
  });

  it("leaves commits alone, whose time is that of what they commit", () => {
    expect(feed(testDiagnosis(), 4, 900, "commit").flat()).toEqual([]);
  });

  it("advises to look for locks where the statement writes", () => {
    const found = feed(
      testDiagnosis(),
      3,
      900,
      "update stock set quantity = quantity - $1 where item_id = $2",
    ).flat();
    expect(found[0]?.recommendation).toContain("lock");
  });

  it("says why it is silent", () => {
    const diagnosis = testDiagnosis();
    const reasons = (ms: number) =>
      diagnosis.explain(slowTrace(1, ms), epochMs).silences.filter((one) => one.detector === "slow-sql");
    expect(reasons(120)[0]?.reason).toBe(
      "the slowest statement, invoices.search, took 120 ms; the limit is 500 ms",
    );
    expect(reasons(700)[0]?.reason).toContain("3 are needed");
  });

  it("is not learned from a trace that somebody only asks about", () => {
    const diagnosis = testDiagnosis();
    for (let i = 1; i < 6; i += 1) diagnosis.explain(slowTrace(i, 700), epochMs);
    expect(diagnosis.diagnose(slowTrace(7, 700), epochMs).detections).toEqual([]);
  });
});

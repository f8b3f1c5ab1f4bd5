import type { TestDatabase } from "@kontor/kit/testing/test-database";
import { acknowledgeFinding } from "@kontor/observer/state/change-findings";
import { recordDetections } from "@kontor/observer/state/record-detections";
import { countOccurrences, listReportedFindings } from "@kontor/observer/state/reported-findings";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStateDatabase } from "./database.ts";
import { detection } from "./detection.ts";

const startMs = Date.UTC(2026, 8, 21);
const hourMs = 3_600_000;
const range = { fromMs: startMs, toMs: startMs + 4 * hourMs, slotMs: hourMs };
const { fingerprint } = detection();
let db: TestDatabase;

beforeAll(async () => {
  db = await openStateDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.adminDatabase.query({ text: "truncate observer.findings cascade" }));

const record = (traceId: string, atMs: number, timeMs = 100) =>
  recordDetections(db, [{ traceId, atMs, detections: [detection({ timeMs })] }]);

describe("listReportedFindings", () => {
  it("counts what a finding cost in the range, by stretches, start inclusive and end exclusive", async () => {
    await record("before", startMs - 1);
    await record("first", startMs);
    await record("second", startMs + 2 * hourMs, 300);
    await record("after", range.toMs);
    // Red when: the query counts seen_at <= $2
    expect(await listReportedFindings(db, range)).toMatchObject([
      {
        finding: { fingerprint, impact: { occurrences: 4 } },
        use: {
          occurrences: 2,
          lostMs: 400,
          expectedGainMs: 180,
          slots: [
            { atMs: startMs, occurrences: 1, lostMs: 100 },
            { atMs: startMs + 2 * hourMs, occurrences: 1, lostMs: 300 },
          ],
        },
      },
    ]);
  });

  it("lists what is open from before, without use, and nothing from after", async () => {
    await record("before", startMs - hourMs);
    expect(await listReportedFindings(db, range)).toMatchObject([
      { use: { occurrences: 0, lostMs: 0, slots: [] } },
    ]);
    const earlier = { ...range, fromMs: startMs - 9 * hourMs, toMs: startMs - 8 * hourMs };
    expect(await listReportedFindings(db, earlier)).toEqual([]);
  });

  it("names who accepted it, why and until when", async () => {
    await record("t", startMs);
    const acknowledgement = { author: "Ada", reason: "later", expiresAtMs: startMs + 5 };
    await acknowledgeFinding(db, fingerprint, acknowledgement, startMs + 1);
    expect(await listReportedFindings(db, range)).toMatchObject([
      {
        finding: {
          state: "acknowledged",
          acknowledgement: { author: "Ada", reason: "later", untilMs: startMs + 5, atMs: startMs + 1 },
        },
      },
    ]);
  });
});

it("countOccurrences answers each window in its place", async () => {
  await record("a", startMs);
  await record("b", startMs + hourMs);
  const whole = { fingerprint, fromMs: startMs, toMs: startMs + 2 * hourMs };
  expect(
    await countOccurrences(db, [{ ...whole, fromMs: startMs + 1 }, { ...whole, fingerprint: "f" }, whole]),
  ).toEqual([1, 0, 2]);
  expect(await countOccurrences(db, [])).toEqual([]);
});

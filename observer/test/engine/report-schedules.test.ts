import type { ReportPayload } from "@kontor/kit/contracts/reports";
import type { TestDatabase } from "@kontor/kit/testing/test-database";
import type { ReportSchedule } from "@kontor/observer/config/report-schedule";
import { startReportSchedules } from "@kontor/observer/engine/report-schedules";
import { getScheduledReport, listScheduledReports } from "@kontor/observer/state/scheduled-reports";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { realisticSources } from "../reports/report-sources.ts";
import { openStateDatabase } from "../state/database.ts";

const weekly: ReportSchedule = {
  ...{ name: "weekly", schedule: "0 7 * * 1", timeZone: "UTC", format: "json", periodHours: 168 },
  to: ["team@kontor.example"],
};
const hourMs = 3_600_000;
const weekMs = 168 * hourMs;
/** A Monday. */
const dueMs = Date.UTC(2026, 8, 21, 7);
let db: TestDatabase;

beforeAll(async () => {
  db = await openStateDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.adminDatabase.query({ text: "truncate observer.reports, observer.report_schedules" }));

interface Given {
  readonly schedules?: readonly ReportSchedule[];
  readonly send?: (notice: ReportPayload) => Promise<void>;
}

/** An observer that goes by a clock of its own; what it sent is in `sent`. */
function startObserver(given: Given = {}) {
  const sent: ReportPayload[] = [];
  let nowMs = 0;
  const schedules = startReportSchedules({
    state: { isReady: true, run: (query) => query(db) },
    schedules: () => given.schedules ?? [weekly],
    send:
      given.send ??
      (async (notice) => {
        sent.push(notice);
      }),
    sources: realisticSources(),
    publicUrl: "http://observer.example",
    nowMs: () => nowMs,
    logger: { info: () => {}, warn: () => {} },
  });
  return {
    sent,
    async at(ms: number): Promise<number> {
      nowMs = ms;
      await schedules.run();
      return sent.length;
    },
    [Symbol.asyncDispose]: () => schedules[Symbol.asyncDispose](),
  };
}

/** As if the time of every claim and pause were over. */
const endPauses = () =>
  db.query({ text: "update observer.reports set claimed_until = now() - interval '1 second'" });

describe("a report on a schedule", () => {
  // Red when: `dueMs <= sinceMs` of report-schedules.ts is left out: a new schedule would make up for last week.
  it("is sent once for every time it is due, from the first time after it was configured on", async () => {
    await using observer = startObserver();
    expect(await observer.at(dueMs - 3 * 24 * hourMs)).toBe(0);
    expect(await observer.at(dueMs - 1)).toBe(0);
    expect(await observer.at(dueMs)).toBe(1);
    expect(await observer.at(dueMs + hourMs)).toBe(1);
    expect(await observer.at(dueMs + weekMs)).toBe(2);
    expect(observer.sent[0]).toMatchObject({
      schedule: "weekly",
      recipients: ["team@kontor.example"],
      from: new Date(dueMs - weekMs).toISOString(),
      to: new Date(dueMs).toISOString(),
      url: `http://observer.example/reports/${observer.sent[0]?.id}`,
      attachment: {
        name: "kontor-optimisation-20260921T0700.json",
        contentType: "application/json; charset=utf-8",
      },
    });
    expect(observer.sent[0]?.items.length).toBeGreaterThan(2);
  });

  // Red when: claimReport gives out what was sent once its lease is over.
  it("is not sent again by an observer that starts anew, and of two observers one sends it", async () => {
    const first = startObserver();
    await first.at(dueMs - 1);
    expect(await first.at(dueMs + 1)).toBe(1);
    await first[Symbol.asyncDispose]();
    await endPauses();
    await using again = startObserver();
    expect(await again.at(dueMs + 2)).toBe(0);
    await using other = startObserver();
    await Promise.all([again.at(dueMs + weekMs), other.at(dueMs + weekMs)]);
    expect(again.sent.length + other.sent.length).toBe(1);
  });

  it("that was missed while nobody ran is made up for, of several the last", async () => {
    const first = startObserver();
    await first.at(dueMs - 1);
    await first[Symbol.asyncDispose]();
    await using later = startObserver();
    expect(await later.at(dueMs + 2 * weekMs + 5 * hourMs)).toBe(1);
    expect(later.sent[0]?.to).toBe(new Date(dueMs + 2 * weekMs).toISOString());
  });

  it("that is changed counts from the change on", async () => {
    const first = startObserver();
    await first.at(dueMs - 1);
    await first[Symbol.asyncDispose]();
    await using changed = startObserver({ schedules: [{ ...weekly, schedule: "0 6 * * 1" }] });
    expect(await changed.at(dueMs - 30 * 60_000)).toBe(0);
    expect(await changed.at(dueMs + weekMs - hourMs)).toBe(1);
  });

  // Red when: claimReport makes a new id for a report that is there already.
  it("that could not be handed over is sent later under the same id, with what was made at first", async () => {
    let fails = true;
    const tried: ReportPayload[] = [];
    const send = async (notice: ReportPayload) => {
      tried.push(notice);
      if (fails) throw new Error("the bus is not open yet");
    };
    await using observer = startObserver({ send });
    await observer.at(dueMs - 1);
    await observer.at(dueMs);
    await observer.at(dueMs + 10_000);
    expect(tried).toHaveLength(1);
    expect(await listScheduledReports(db, 10)).toMatchObject([
      { schedule: "weekly", sentAtMs: undefined, error: "the bus is not open yet" },
    ]);
    fails = false;
    await endPauses();
    await observer.at(dueMs + 20_000);
    expect(tried).toHaveLength(2);
    expect([tried[1]?.id, tried[1]?.madeAt]).toEqual([tried[0]?.id, tried[0]?.madeAt]);
    const [kept] = await listScheduledReports(db, 10);
    expect(kept).toMatchObject({ sentAtMs: dueMs + 20_000, error: undefined, tone: "bad" });
    expect((await getScheduledReport(db, kept?.id ?? ""))?.bottlenecks).toHaveLength(8);
  });

  it("that nobody can be told of is made and kept all the same", async () => {
    const schedules = startReportSchedules({
      state: { isReady: true, run: (query) => query(db) },
      schedules: () => [weekly],
      send: undefined,
      sources: realisticSources(),
      publicUrl: "http://observer.example",
      nowMs: () => nowMs,
      logger: { info: () => {}, warn: () => {} },
    });
    let nowMs = dueMs - 1;
    await schedules.run();
    nowMs = dueMs;
    await schedules.run();
    await schedules[Symbol.asyncDispose]();
    expect(await listScheduledReports(db, 10)).toHaveLength(1);
  });
});

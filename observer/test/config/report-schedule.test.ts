import { describe, expect, it } from "vitest";
import { findScheduleFault, isTimeZone, lastDueMs, nextDueMs } from "../../src/config/report-schedule.ts";
import { readBad, readGood } from "./read.ts";

const berlin = { schedule: "0 7 * * 1", timeZone: "Europe/Berlin" };
const at = (iso: string) => Date.parse(iso);
const last = (schedule: typeof berlin, iso: string) =>
  new Date(lastDueMs(schedule, at(iso)) ?? 0).toISOString();

describe("a schedule", () => {
  // Red when: lastDueMs leaves out the second it adds.
  it("was due at the very time, and before it a week earlier, on the clock of its zone", () => {
    expect(last(berlin, "2026-11-23T06:00:00.000Z")).toBe("2026-11-23T06:00:00.000Z");
    expect(last(berlin, "2026-11-23T05:59:59.999Z")).toBe("2026-11-16T06:00:00.000Z");
    expect(last(berlin, "2026-07-06T05:00:00.000Z")).toBe("2026-07-06T05:00:00.000Z");
  });

  it("in an hour that a change of clocks leaves out is due right after it, in one that comes twice once", () => {
    const nightly = { ...berlin, schedule: "30 2 * * *" };
    expect(last(nightly, "2026-03-29T12:00:00Z")).toBe("2026-03-29T01:00:00.000Z");
    expect(last(nightly, "2026-10-25T12:00:00Z")).toBe("2026-10-25T00:30:00.000Z");
  });

  it("is next due after now", () => {
    expect(nextDueMs(berlin, at("2026-11-23T06:00:00Z"))).toBe(at("2026-11-30T06:00:00Z"));
  });

  it.each([
    ["0 7 * * 1", undefined],
    ["*/15 * * * *", undefined],
    ["0 0 29 2 *", undefined],
    ["0 7 * *", /^is not allowed$/],
    ["0 0 7 * * 1", /^is not allowed$/],
    ["99 7 * * 1", /no minute 99/],
    ["0 25 * * 1", /no hour 25/],
    ["0 7 32 * *", /no day 32/],
    ["0 7 * 13 *", /no month 13/],
    ["0 7 * * 9", /no day of the week 9/],
    ["0 7 31 2 *", /never comes round/],
    ["0 0 30 2 *", /never comes round/],
    ["weekly", /^is not allowed$/],
    ["", /^is not allowed$/],
  ])("%j has the fault %s", (text, expected) => {
    const fault = findScheduleFault(text);
    if (expected === undefined) expect(fault).toBeUndefined();
    else expect(fault).toMatch(expected);
  });

  it("goes by a zone that there is", () => {
    expect(["UTC", "Europe/Berlin", "Mars/City", ""].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});

describe("reports in the file", () => {
  it("have their values filled in", () => {
    expect(readGood({ reports: [{ name: "weekly", schedule: "0 7 * * 1" }] }).reports).toEqual([
      {
        name: "weekly",
        schedule: "0 7 * * 1",
        timeZone: "UTC",
        format: "html",
        periodHours: 168,
        to: undefined,
      },
    ]);
    expect(readGood({}).reports).toEqual([]);
  });

  const good = { name: "weekly", schedule: "0 7 * * 1" };
  it.each([
    ["no name", [{ schedule: "0 7 * * 1" }], "reports[0].name", /missing/, undefined],
    ["no schedule", [{ name: "a" }], "reports[0].schedule", /missing/, undefined],
    ["six fields", [{ ...good, schedule: "0 0 7 * * 1" }], "reports[0].schedule", /not allowed/, undefined],
    ["no such hour", [{ ...good, schedule: "0 25 * * 1" }], "reports[0].schedule", /no hour 25/, undefined],
    [
      "a day that never comes",
      [{ ...good, schedule: "0 0 30 2 *" }],
      "reports[0].schedule",
      /never/,
      undefined,
    ],
    ["a zone on Mars", [{ ...good, timeZone: "Mars/City" }], "reports[0].timeZone", /not allowed/, undefined],
    ["a misspelt format", [{ ...good, format: "htlm" }], "reports[0].format", /not allowed/, /"html"/],
    ["no period", [{ ...good, periodHours: 0 }], "reports[0].periodHours", /not allowed/, undefined],
    ["no address", [{ ...good, to: ["team"] }], "reports[0].to[0]", /not allowed/, undefined],
    ["nobody", [{ ...good, to: [] }], "reports[0].to", /not allowed/, undefined],
    ["an unknown key", [{ ...good, cron: "x" }], "reports[0].cron", /unknown key/, undefined],
    ["two of one name", [good, good], "reports[1].name", /twice/, undefined],
  ])("with %s are refused with the place", (_, reports, path, message, suggestion) => {
    const problems = readBad({ reports });
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.message).toMatch(message);
    if (suggestion !== undefined) expect(problems[0]?.suggestion).toMatch(suggestion);
  });
});

import { describe, expect, it } from "vitest";
import { readTime, timeText, toMs } from "../src/time-text.ts";

const nowMs = Date.parse("2026-11-24T12:00:00Z");

describe("a time as text", () => {
  it.each([
    ["now", "2026-11-24T12:00:00Z"],
    ["now-90s", "2026-11-24T11:58:30Z"],
    ["now-15m", "2026-11-24T11:45:00Z"],
    ["now-24h", "2026-11-23T12:00:00Z"],
    ["now-7d", "2026-11-17T12:00:00Z"],
    ["now-2w", "2026-11-10T12:00:00Z"],
    ["2026-11-24T13:00:00+02:00", "2026-11-24T11:00:00Z"],
    ["2026-11-24T11:00Z", "2026-11-24T11:00:00Z"],
    ["2024-02-29T00:00:00.5Z", "2024-02-29T00:00:00.500Z"],
    ["now-999999w", "1970-01-01T00:00:00Z"],
  ])("reads %s", (text, expected) => {
    expect(toMs(text, nowMs)).toBe(Date.parse(expected));
    expect(timeText.safeParse(text).success).toBe(true);
  });

  // Red when: the day is left to `Date.parse`, which rolls it over into the next month.
  it.each(["2026-02-30T00:00:00Z", "2026-02-29T00:00:00Z", "2026-04-31T12:00:00Z", "2026-13-01T00:00:00Z"])(
    "refuses %s, a day that is in no calendar",
    (text) => {
      expect(readTime(text, nowMs)).toEqual({
        problem: `is no time: the calendar has no ${text.slice(0, 10)}`,
      });
    },
  );

  it.each([
    "",
    "yesterday",
    "now-1y",
    "now+1h",
    "now-h",
    "2026-11-24",
    "2026-11-24T12:00:00",
    "2026-11-24T25:00:00Z",
    "5",
  ])("refuses %j and names the units", (text) => {
    const [issue] = timeText.safeParse(text).error?.issues ?? [];
    expect(issue?.message).toContain("units s, m, h, d, w");
  });
});

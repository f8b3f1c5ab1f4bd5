import { Cron } from "croner";
import type { attachedFormats } from "./settings.ts";

/** A report that is made and sent again and again. */
export interface ReportSchedule {
  readonly name: string;
  /** Five fields of cron. */
  readonly schedule: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Of the file that goes with the mail. */
  readonly format: (typeof attachedFormats)[number];
  /** What it looks back on, from the time it is due. */
  readonly periodHours: number;
  /** Mail addresses; undefined for those of alerts. */
  readonly to: readonly string[] | undefined;
}

function toCron({ schedule, timeZone }: Pick<ReportSchedule, "schedule" | "timeZone">): Cron {
  return new Cron(schedule, { mode: "5-part", timezone: timeZone, paused: true });
}

/** What is wrong with it, for people; undefined where it is five fields of cron that come round at all. */
export function findScheduleFault(text: string): string | undefined {
  try {
    const next = toCron({ schedule: text, timeZone: "UTC" }).nextRun();
    return next === null ? "never comes round: no month has that day" : undefined;
  } catch (error) {
    const found = /Invalid value for (\w+): (\d+)/.exec(String(error));
    if (found === null) return "is not allowed";
    const [, field = "", value] = found;
    // The library counts days and months from 0.
    const number = Number(value) + (field === "day" || field === "month" ? 1 : 0);
    return `is not allowed: there is no ${field === "dayOfWeek" ? "day of the week" : field} ${number}`;
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The last time a schedule was due, a time exactly now among them. A local time that a change of clocks leaves out is due right after the
 * gap, one that comes twice is due once.
 *
 * @returns ms since the epoch; undefined where it was never due
 */
export function lastDueMs(
  schedule: Pick<ReportSchedule, "schedule" | "timeZone">,
  nowMs: number,
): number | undefined {
  // Whole seconds before the reference are looked at.
  return toCron(schedule)
    .previousRuns(1, new Date(Math.floor(nowMs / 1_000) * 1_000 + 1_000))[0]
    ?.getTime();
}

/** The next time it is due, after now. */
export function nextDueMs(
  schedule: Pick<ReportSchedule, "schedule" | "timeZone">,
  nowMs: number,
): number | undefined {
  return toCron(schedule).nextRun(new Date(nowMs))?.getTime();
}

import { z } from "zod";

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const relative = /^now(?:-(\d{1,6})([smhdw]))?$/;
const instant = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const forms =
  "write a time as 2026-01-31T12:00:00Z, with Z or an offset, or as now, or as now-<number><unit> with one of the units s, m, h, d, w: now-90s, now-15m, now-24h";

/**
 * A time as people and Grafana write it: an ISO 8601 instant with its offset, `now`, or `now-15m`. Every place that takes times reads them
 * here, so that what works in one works in all.
 *
 * @param nowMs ms since the epoch
 * @returns ms since the epoch, never before it; or why the text is no time, as a sentence without its subject and its end
 */
export function readTime(
  text: string,
  nowMs: number,
): { readonly ms: number } | { readonly problem: string } {
  const [matched, count, unit] = relative.exec(text) ?? [];
  if (matched !== undefined) {
    const backMs = count === undefined ? 0 : Number(count) * unitsMs[unit as keyof typeof unitsMs];
    return { ms: Math.max(0, nowMs - backMs) };
  }
  const day = instant.exec(text)?.[1];
  if (day === undefined) return { problem: `is no time: ${forms}` };
  if (!isDay(day)) return { problem: `is no time: the calendar has no ${day}` };
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? { problem: `is no time: ${forms}` } : { ms: Math.max(0, ms) };
}

/** JavaScript reads the 30th of February as the 2nd of March. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/** The same as a parameter of a route. What it gives is still text: `now` is another time at each request; see `toMs`. */
export const timeText = z
  .string()
  .superRefine((text, context) => {
    const read = readTime(text, 0);
    if ("problem" in read) context.addIssue({ code: "custom", message: read.problem });
  })
  .meta({ pattern: `${relative.source}|${instant.source}` });

/** A text that `timeText` let pass, in ms since the epoch. */
export function toMs(text: string, nowMs: number): number {
  const read = readTime(text, nowMs);
  if ("problem" in read) throw new Error(`a time was not checked: it ${read.problem}`);
  return read.ms;
}

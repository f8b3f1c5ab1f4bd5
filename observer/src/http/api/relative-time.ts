import { z } from "zod";

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const relative = /^now(?:-(\d{1,5})([smhd]))?$/;

/** A time as Grafana writes it, relative to now, or an instant. */
export const timeText = z
  .string()
  .refine((text) => relative.test(text) || z.iso.datetime({ offset: true }).safeParse(text).success, {
    error: "a time as 2026-01-31T12:00:00Z, or now, now-90s, now-15m, now-1h, now-7d",
  });

/** `now-15m` or an instant, in ms since the epoch. */
export function toMs(text: string, nowMs: number): number {
  const [matched, count, unit] = relative.exec(text) ?? [];
  if (matched === undefined) return Date.parse(text);
  return count === undefined ? nowMs : nowMs - Number(count) * unitsMs[unit as keyof typeof unitsMs];
}

import { readTime } from "@kontor/kit/time-text";

const dayMs = 86_400_000;
const daysMax = 92;
/** Clocks of those who ask differ from ours. */
const skewMs = 60_000;

/** A range that can be reported on, or why it cannot. Ms since the epoch. */
export type ReadRange =
  | { readonly fromMs: number; readonly toMs: number }
  | { readonly problem: string; readonly parameter: "from" | "to" };

/**
 * The period of a report as people write it, in the forms of `readTime`. Without an end it ends now, without a beginning it has 24 hours.
 */
export function readRange(from: string | undefined, to: string | undefined, nowMs: number): ReadRange {
  const end = to === undefined ? { ms: nowMs } : readTime(to, nowMs);
  if ("problem" in end) return { parameter: "to", problem: `\`to\` ${end.problem}.` };
  const begin = from === undefined ? { ms: Math.max(0, end.ms - dayMs) } : readTime(from, nowMs);
  if ("problem" in begin) return { parameter: "from", problem: `\`from\` ${begin.problem}.` };
  if (end.ms > nowMs + skewMs)
    return { parameter: "to", problem: "`to` is in the future. Leave it out for a report until now." };
  if (begin.ms >= end.ms)
    return { parameter: "from", problem: "`from` is not before `to`. Swap them, or leave out one." };
  if (end.ms - begin.ms > daysMax * dayMs)
    return { parameter: "from", problem: `The range is longer than ${daysMax} days. Ask for a shorter one.` };
  return { fromMs: begin.ms, toMs: end.ms };
}

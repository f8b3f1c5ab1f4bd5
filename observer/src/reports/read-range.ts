const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const dayMs = 86_400_000;
const daysMax = 92;
/** Clocks of those who ask differ from ours. */
const skewMs = 60_000;

/** A range that can be reported on, or why it cannot. Ms since the epoch. */
export type ReadRange =
  | { readonly fromMs: number; readonly toMs: number }
  | { readonly problem: string; readonly parameter: "from" | "to" };

/**
 * The period of a report as people write it: ISO 8601 with offset, or as Grafana has it: `now`, `now-24h`, `now-7d`. Without an end it
 * ends now, without a beginning it has 24 hours.
 */
export function readRange(from: string | undefined, to: string | undefined, nowMs: number): ReadRange {
  const toMs = to === undefined ? nowMs : readInstant(to, nowMs);
  if (toMs === undefined) return { parameter: "to", problem: explain("to") };
  const fromMs = from === undefined ? toMs - dayMs : readInstant(from, nowMs);
  if (fromMs === undefined) return { parameter: "from", problem: explain("from") };
  if (toMs > nowMs + skewMs)
    return { parameter: "to", problem: "`to` is in the future. Leave it out for a report until now." };
  if (fromMs >= toMs)
    return { parameter: "from", problem: "`from` is not before `to`. Swap them, or leave out one." };
  if (toMs - fromMs > daysMax * dayMs)
    return { parameter: "from", problem: `The range is longer than ${daysMax} days. Ask for a shorter one.` };
  return { fromMs: Math.max(0, fromMs), toMs };
}

function explain(parameter: string): string {
  return `\`${parameter}\` is no time. Write it as 2026-09-21T14:00:00Z, or as now-24h.`;
}

const isoInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

function readInstant(text: string, nowMs: number): number | undefined {
  const relative = /^now(?:-(\d{1,6})([mhdw]))?$/.exec(text);
  if (relative !== null) return nowMs - Number(relative[1] ?? 0) * (units[relative[2] ?? "m"] ?? 0);
  if (!isoInstant.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

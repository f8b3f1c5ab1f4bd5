import { formatMs } from "../diagnosis/texts.ts";

const counts = new Intl.NumberFormat("en-GB");
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `12,345` */
export function formatCount(count: number): string {
  return counts.format(Math.round(count));
}

/** `1 request`, `12,345 requests` */
export function many(count: number, what: string): string {
  return `${formatCount(count)} ${what}${Math.round(count) === 1 ? "" : "s"}`;
}

/** `12 min`, `3.2 h`, `2.5 d`; below a minute as `formatMs` has it. */
export function formatDuration(ms: number): string {
  if (ms < minuteMs) return formatMs(Math.max(0, ms));
  const [length, unit] =
    ms < 1.5 * hourMs ? [minuteMs, "min"] : ms < 2 * dayMs ? [hourMs, "h"] : [dayMs, "d"];
  const figure = ms / length;
  return `${figure.toFixed(figure >= 10 || Number.isInteger(figure) ? 0 : 1)} ${unit}`;
}

/** `38 %`, `4.2 %`, `< 0.1 %` */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  return `${percent.toFixed(percent === 0 || percent >= 10 ? 0 : 1)} %`;
}

/** A change of a figure: `-72 %`, `+4 %`, with a true minus sign. */
export function formatChange(before: number, after: number): string {
  if (before <= 0) return "";
  const percent = Math.round((after / before - 1) * 100);
  return `${percent > 0 ? "+" : percent < 0 ? "\u2212" : ""}${Math.abs(percent)} %`;
}

/** A value of a signal with its unit, in the digits that matter. */
export function formatValue(value: number, unit: string): string {
  if (unit === "ms") return formatMs(value);
  if (unit === "ratio") return formatShare(value);
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 1 : 2;
  const figure = value.toLocaleString("en-GB", { maximumFractionDigits: digits });
  if (unit === "count" || unit === "") return figure;
  return unit.startsWith("1/") ? `${figure}${unit.slice(1)}` : `${figure} ${unit}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `21 Sep 2026, 14:13` in UTC, from ISO 8601. */
export function formatInstant(iso: string): string {
  const month = months[Number(iso.slice(5, 7)) - 1] ?? "";
  return `${Number(iso.slice(8, 10))} ${month} ${iso.slice(0, 4)}, ${iso.slice(11, 16)}`;
}

/** A tick of an axis of time: `14:00`, and `21 Sep` at midnight, in UTC whatever zone the process runs in. */
export function formatTick(ms: number): string {
  const iso = new Date(ms).toISOString();
  const clock = iso.slice(11, 16);
  return clock === "00:00"
    ? `${Number(iso.slice(8, 10))} ${months[Number(iso.slice(5, 7)) - 1] ?? ""}`
    : clock;
}

/** A tick of an axis of durations: `0`, `200 ms`, `1.5 s`, `4 min`, in round figures. */
export function formatDurationTick(ms: number): string {
  const [length, unit] =
    ms < 1_000
      ? [1, "ms"]
      : ms < 2 * minuteMs
        ? [1_000, "s"]
        : ms < 2 * hourMs
          ? [minuteMs, "min"]
          : [hourMs, "h"];
  return ms === 0 ? "0" : `${Number((ms / length).toPrecision(3))} ${unit}`;
}

/** `14:13` where the other end of a range is on the same day. */
export function formatRange(from: string, to: string): string {
  const end = from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : formatInstant(to);
  return `${formatInstant(from)} to ${end} UTC`;
}

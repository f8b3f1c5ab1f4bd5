import { type Html, html } from "@kontor/kit/html";
import { formatMs } from "../../diagnosis/texts.ts";

const counts = new Intl.NumberFormat("en-GB");
/** By digits after the point. Made once: `toLocaleString` makes one anew for every number, and a page has thousands. */
const numbers = [0, 1, 2].map(
  (digits) =>
    new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** `12,345` */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `187 spans`, `1 span` */
export function many(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** A value of a signal with its unit, in the digits that matter. */
export function formatValue(value: number, unit: string): string {
  if (unit === "ms") return formatMs(value);
  if (unit === "ratio") return `${(value * 100).toFixed(value < 0.1 ? 2 : 1)} %`;
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 1 : 2;
  const number = numbers[digits]?.format(value) ?? String(value);
  if (unit === "count" || unit === "") return number;
  return unit.startsWith("1/") ? `${number}${unit.slice(1)}` : `${number} ${unit}`;
}

/** `41/s`, or `3.6/min` where a second has almost none. */
export function formatRate(perSecond: number): string {
  return perSecond > 0 && perSecond < 0.1
    ? formatValue(perSecond * 60, "1/min")
    : formatValue(perSecond, "1/s");
}

/** `3 min`, `2 h`, `5 d`: one figure is enough to see how long ago. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `2026-09-21 14:13:20` in UTC. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** How long ago, with the instant for those who want it. */
export function ago(ms: number, nowMs: number): Html {
  return html`<time datetime="${new Date(ms).toISOString()}" title="${formatInstant(ms)} UTC">${formatAge(nowMs - ms)} ago</time>`;
}

/** An instant in full. */
export function instant(ms: number): Html {
  return html`<time datetime="${new Date(ms).toISOString()}">${formatInstant(ms)} UTC</time>`;
}

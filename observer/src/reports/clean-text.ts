/**
 * Characters that no reader sees and that make one: control characters but line breaks and tabs, marks that turn the direction of what
 * follows, halves of pairs. They are shown as the replacement character, so that nobody is fooled and nothing breaks.
 */
const invisible = /[^\P{Cc}\n\t]|[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/gu;

export function toVisibleText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, "\n").replace(invisible, "\ufffd");
}

/** A copy of a value in which every text, also the deepest, is visible. */
export function withVisibleTexts<T>(value: T): T {
  if (typeof value === "string") return toVisibleText(value) as T;
  if (Array.isArray(value)) return value.map((one) => withVisibleTexts(one)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withVisibleTexts(one)])) as T;
}

/** In one line. */
export function toOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Cuts a text that no page should be filled with; telemetry can hold any length. */
export function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1).toWellFormed()}…`;
}

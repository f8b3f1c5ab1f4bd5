/** Text that is HTML already. Made by `html` alone, so that whatever else stands in a page is escaped. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type HtmlValue = Html | string | number | false | null | undefined | readonly HtmlValue[];

const escapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe as text and inside quoted attributes. Control characters other than line breaks and tabs are taken out: no parser agrees on them. */
export function escapeHtml(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "").replace(/[&<>"']/g, (character) => escapes[character] ?? "");
}

function toText(value: HtmlValue): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(toText).join("");
  if (value === undefined || value === null || value === false) return "";
  return escapeHtml(String(value));
}

/**
 * HTML with values put in safely: texts and numbers are escaped, `Html` is taken as it is, arrays are joined, `undefined`, `null` and
 * `false` leave nothing. Values may stand in content and inside quoted attributes, never in a tag's or attribute's name, never unquoted,
 * and never as a whole URL: addresses are written by `path`.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0] ?? "";
  for (const [at, value] of values.entries()) text += toText(value) + (parts[at + 1] ?? "");
  return new Html(text);
}

/** A path on this server: every value is one encoded segment or query value, so that none can leave its place or name a scheme. */
export function path(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts
    .map((part, at) => (at === 0 ? part : encodeURIComponent(values[at - 1] ?? "") + part))
    .join("");
}

/**
 * A path on this server: every value is one encoded segment or query value, so that none can leave its place or name a scheme. What
 * stands in `href` of a page is either written out in the template or made by this. Half of a pair of characters, which no address can hold,
 * is replaced.
 */
export function path(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts
    .map((part, at) =>
      at === 0 ? part : encodeURIComponent(String(values[at - 1] ?? "").toWellFormed()) + part,
    )
    .join("");
}

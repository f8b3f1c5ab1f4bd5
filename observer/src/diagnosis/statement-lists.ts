import { placeholderToken } from "./sql-tokens.ts";

/** Values that stand as words; in a list they are as much data as numbers are. */
const valueWords = new Set(["null", "true", "false", "default"]);
const beforeSign = /^[(,=<>+*/-]|<=|>=$/;

/**
 * Lists without what changes with the data: `in (?, ?, ?)` is `in (...)`, `values (?, ?), (?, null)` is `values (?, ?)`, `array[?, ?]` is
 * `array[...]`; a sign belongs to its number.
 */
export function collapseLists(tokens: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? "";
    const before = out.at(-1);
    if (isSign(tokens, at, before)) continue;
    if ((token === "(" && before === "in") || (token === "[" && before === "array")) {
      const end = afterValues(tokens, at);
      if (end !== undefined) {
        out.push(token, "...", token === "(" ? ")" : "]");
        at = end - 1;
        continue;
      }
    }
    if (token === "values") {
      at = pushFirstRow(tokens, at, out);
      continue;
    }
    out.push(token);
  }
  return out;
}

function isSign(tokens: readonly string[], at: number, before: string | undefined): boolean {
  return (
    tokens[at] === "-" &&
    tokens[at + 1] === placeholderToken &&
    (before === undefined || beforeSign.test(before))
  );
}

/** The index after a list of values, with casts (`?::uuid`), or of rows of them; undefined for any other and for an empty list. */
function afterValues(tokens: readonly string[], from: number): number | undefined {
  let depth = 0;
  let values = 0;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at] ?? "";
    if (token === "(" || token === "[") depth += 1;
    else if (token === ")" || token === "]") depth -= 1;
    else if (token === "::") at += 1;
    else if (token === placeholderToken || valueWords.has(token)) values += 1;
    else if (token !== "," && token !== "-") return undefined;
    if (depth === 0) return values > 0 ? at + 1 : undefined;
  }
  return undefined;
}

/** Value words as placeholders, numbers without sign, casts gone. */
function withoutCasts(tokens: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? "";
    if (isSign(tokens, at, out.at(-1))) continue;
    if (token === "::") {
      at += 1;
      while (tokens[at + 1] === "[" || tokens[at + 1] === "]") at += 1;
    } else out.push(valueWords.has(token) ? placeholderToken : token);
  }
  return out;
}

/** Copies `values (...)` and skips the rows after the first that read the same; returns the index of the last token used. */
function pushFirstRow(tokens: readonly string[], from: number, out: string[]): number {
  out.push("values");
  let end = afterBrackets(tokens, from + 1);
  if (end === undefined) return from;
  const row = withoutCasts(tokens.slice(from + 1, end));
  out.push(...row);
  while (tokens[end] === ",") {
    const next = afterBrackets(tokens, end + 1);
    if (next === undefined) break;
    const other = withoutCasts(tokens.slice(end + 1, next));
    if (other.length !== row.length || other.some((token, at) => token !== row[at])) break;
    end = next;
  }
  return end - 1;
}

/** The index after the bracket that closes the one at `from`; undefined where none opens there or it is never closed. */
function afterBrackets(tokens: readonly string[], from: number): number | undefined {
  const open = tokens[from];
  if (open !== "(" && open !== "[") return undefined;
  const close = open === "(" ? ")" : "]";
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (tokens[at] === open) depth += 1;
    if (tokens[at] === close) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

/** Placeholders and literals alike; which of both a driver sends is no property of the statement. */
export const placeholderToken = "?";

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isWordStart = (code: number): boolean =>
  (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code > 127;
const isWordPart = (code: number): boolean => isWordStart(code) || isDigit(code) || code === 36;

/** The index after the closing quote, a doubled quote being part of the text; the end of `sql` when it is never closed. */
function afterQuoted(sql: string, from: number, quote: string): number {
  let at = from + 1;
  for (;;) {
    const close = sql.indexOf(quote, at);
    if (close === -1) return sql.length;
    if (sql[close + 1] !== quote) return close + 1;
    at = close + 2;
  }
}

function afterText(sql: string, from: number, end: string): number {
  const close = sql.indexOf(end, from);
  return close === -1 ? sql.length : close + end.length;
}

function afterWhile(sql: string, from: number, accepts: (code: number) => boolean): number {
  let at = from;
  while (at < sql.length && accepts(sql.charCodeAt(at))) at += 1;
  return at;
}

/** A number with fraction, exponent or hex digits; letters are taken along, so that `0xff` and `1e6` are one token. */
function afterNumber(sql: string, from: number): number {
  return afterWhile(sql, from, (code) => isDigit(code) || code === 46 || isWordStart(code));
}

/** `$tag$ ... $tag$` from PostgreSQL, `$1`, or a lone dollar sign. */
function afterDollar(sql: string, from: number): number {
  const tagEnd = afterWhile(sql, from + 1, (code) => code !== 36 && isWordPart(code));
  const tag = sql[tagEnd] === "$" ? sql.slice(from, tagEnd + 1) : sql.slice(from, tagEnd);
  if (tag.length > 1 && tag.endsWith("$")) return afterText(sql, from + tag.length, tag);
  return afterWhile(sql, from + 1, isDigit);
}

const twoSigns = new Set(["::", "<>", "<=", ">=", "!=", "||", "->", "=>", "@>", "<@", "&&"]);

/**
 * The tokens of an SQL statement of any dialect: words in lower case, quoted names as they are, comments and white space gone, each
 * literal and placeholder as `?`. One pass, linear in the length of the text; never throws, whatever the text.
 */
export function sqlTokens(sql: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < sql.length) {
    const code = sql.charCodeAt(at);
    const sign = sql[at] ?? "";
    const next = sql[at + 1] ?? "";
    if (isSpace(code)) {
      at += 1;
    } else if (sign === "-" && next === "-") {
      at = afterText(sql, at, "\n");
    } else if (sign === "/" && next === "*") {
      at = afterText(sql, at + 2, "*/");
    } else if (sign === "'") {
      at = afterQuoted(sql, at, "'");
      tokens.push(placeholderToken);
    } else if (sign === '"' || sign === "`") {
      const end = afterQuoted(sql, at, sign);
      tokens.push(sql.slice(at, end));
      at = end;
    } else if (isDigit(code)) {
      at = afterNumber(sql, at);
      tokens.push(placeholderToken);
    } else if (sign === "$") {
      at = Math.max(at + 1, afterDollar(sql, at));
      tokens.push(placeholderToken);
    } else if (sign === "?" && isDigit(next.charCodeAt(0))) {
      at = afterWhile(sql, at + 1, isDigit);
      tokens.push(placeholderToken);
    } else if ((sign === ":" || sign === "@") && isWordStart(next.charCodeAt(0))) {
      at = afterWhile(sql, at + 1, isWordPart);
      tokens.push(placeholderToken);
    } else if (sign === "%" && (next === "s" || next === "(")) {
      at = next === "s" ? at + 2 : Math.min(sql.length, afterText(sql, at, ")") + 1);
      tokens.push(placeholderToken);
    } else if (isWordStart(code)) {
      const end = afterWhile(sql, at, isWordPart);
      tokens.push(sql.slice(at, end).toLowerCase());
      at = end;
    } else {
      const width = twoSigns.has(sign + next) ? 2 : 1;
      tokens.push(sql.slice(at, at + width));
      at += width;
    }
  }
  while (tokens.at(-1) === ";") tokens.pop();
  return tokens;
}

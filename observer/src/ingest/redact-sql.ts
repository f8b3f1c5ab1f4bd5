/** A statement without its literals, and the literals that were taken out, in order. */
export interface RedactedStatement {
  readonly text: string;
  readonly literals: readonly string[];
  /** It has placeholders, whose values nobody sent: the literals are not all that it was run with. */
  readonly hasPlaceholders: boolean;
}

export interface SqlDialect {
  /** A backslash escapes the next character inside quotes: MySQL and its kin. "unknown" cuts the rest when one is met. */
  readonly backslashEscapes: boolean | "unknown";
  /** `"x"` is text, not a name: MySQL and its kin. "unknown" reads it as text, because a lost name is better than a leaked value. */
  readonly doubleQuotesAreText: boolean | "unknown";
  /** `#` begins a comment. */
  readonly hashComments: boolean;
}

const mysqlKin: SqlDialect = { backslashEscapes: true, doubleQuotesAreText: true, hashComments: true };
const standardSql: SqlDialect = { backslashEscapes: false, doubleQuotesAreText: false, hashComments: false };
const unknownSql: SqlDialect = {
  backslashEscapes: "unknown",
  doubleQuotesAreText: "unknown",
  hashComments: false,
};

const dialects: ReadonlyMap<string, SqlDialect> = new Map([
  ["mysql", mysqlKin],
  ["mariadb", mysqlKin],
  ["tidb", mysqlKin],
  ["clickhouse", { backslashEscapes: true, doubleQuotesAreText: false, hashComments: true }],
  ["hive", { backslashEscapes: true, doubleQuotesAreText: true, hashComments: false }],
  ["spark", { backslashEscapes: true, doubleQuotesAreText: true, hashComments: false }],
  ["gcp.spanner", { backslashEscapes: true, doubleQuotesAreText: true, hashComments: true }],
  ["postgresql", standardSql],
  ["cockroachdb", standardSql],
  ["aws.redshift", standardSql],
  ["sqlite", standardSql],
  ["h2database", standardSql],
  ["hsqldb", standardSql],
  ["derby", standardSql],
  ["firebirdsql", standardSql],
  ["oracle.db", standardSql],
  ["microsoft.sql_server", standardSql],
  ["ibm.db2", standardSql],
  ["sap.hana", standardSql],
  ["teradata", standardSql],
  ["trino", standardSql],
]);

/** @param system `db.system.name`; what is not known is read with the greatest caution */
export function toSqlDialect(system: string | undefined): SqlDialect {
  return (system === undefined ? undefined : dialects.get(system)) ?? unknownSql;
}

/**
 * Takes the literals out of a SQL statement: strings, dollar-quoted strings, numbers and hex become `?`, comments go, lists after
 * IN and repeated rows after VALUES shrink to one. Names, placeholders and layout stay. A statement that has nothing to take out
 * or to shrink comes back as the same string. Whatever cannot be told for certain (an open quote, a backslash in an unknown dialect) is cut off
 * with what follows, because a shorter statement is better than a leaked value.
 *
 * Linear in the length of the text.
 */
export function redactSql(text: string, dialect: SqlDialect): RedactedStatement {
  const literals: string[] = [];
  let hasPlaceholders = false;
  let out = "";
  let kept = 0;
  let at = 0;
  const cut = (start: number, end: number, replacement: string): void => {
    out += text.slice(kept, start) + replacement;
    kept = end;
    at = end;
    if (replacement === "?") literals.push(text.slice(start, end));
  };
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isWordStart(code)) {
      const end = endOfWord(text, at);
      // A prefix belongs to its string: E'..', N'..', X'..', B'..', U&'..', _utf8'..'.
      const quote = prefixedQuote(text, at, end);
      if (quote < 0) at = end;
      else {
        const prefix = text.charCodeAt(at) | 0x20;
        const escapes = prefix === 0x65 && end === at + 1 ? true : dialect.backslashEscapes;
        cut(at, endOfQuoted(text, quote, escapes), "?");
      }
    } else if (isDigit(code) || (code === 0x2e && isDigit(text.charCodeAt(at + 1)))) {
      cut(at, endOfNumber(text, at), "?");
    } else if (code === 0x27) {
      cut(at, endOfQuoted(text, at, dialect.backslashEscapes), "?");
    } else if (code === 0x22) {
      const end = endOfQuoted(
        text,
        at,
        dialect.doubleQuotesAreText === false ? false : dialect.backslashEscapes,
      );
      if (dialect.doubleQuotesAreText === false && text.charCodeAt(end - 1) === 0x22 && end > at + 1)
        at = end;
      else cut(at, end, "?");
    } else if (code === 0x60) {
      const end = endOfQuoted(text, at, false);
      if (text.charCodeAt(end - 1) === 0x60 && end > at + 1) at = end;
      else cut(at, end, "?");
    } else if (code === 0x24) {
      const end = endOfDollar(text, at);
      if (end.isText) cut(at, end.at, "?");
      else {
        hasPlaceholders = true;
        at = end.at;
      }
    } else if (startsComment(text, at, dialect)) {
      cut(at, endOfComment(text, at), "");
    } else if ((code === 0x3a || code === 0x40) && isWordStart(text.charCodeAt(at + 1))) {
      // `::text` is a cast.
      hasPlaceholders ||= code === 0x40 || text.charCodeAt(at - 1) !== 0x3a;
      at = endOfWord(text, at + 1);
    } else if (code === 0x3a && isDigit(text.charCodeAt(at + 1))) {
      hasPlaceholders = true;
      at = endOfWord(text, at + 1);
    } else {
      hasPlaceholders ||= code === 0x3f || (code === 0x25 && /[s(]/.test(text.charAt(at + 1)));
      at++;
    }
  }
  if (kept > 0) out += text.slice(kept);
  else out = text;
  return { text: collapseLists(out), literals, hasPlaceholders };
}

const placeholder = "(?:\\?|\\$\\d+|[:@]\\w+|%s)";
const inList = new RegExp(`\\bin\\s*\\(\\s*${placeholder}(?:\\s*,\\s*${placeholder})*\\s*\\)`, "gi");
const rows = new RegExp(
  `\\bvalues\\s*(\\(\\s*${placeholder}(?:\\s*,\\s*${placeholder})*\\s*\\))(?:\\s*,\\s*\\(\\s*${placeholder}(?:\\s*,\\s*${placeholder})*\\s*\\))+`,
  "gi",
);

/** `in (?, ?, ?)` and `in ($1, $2)` become `in (?)`; the second and later rows after VALUES go. */
function collapseLists(text: string): string {
  if (!text.includes("(")) return text;
  return text
    .replace(inList, (list) => `${list.slice(0, 2)} (?)`)
    .replace(rows, (_, row: string) => `VALUES ${row}`);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isWordStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code > 0x7f;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === 0x24;
}

function endOfWord(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isWordPart(text.charCodeAt(at))) at++;
  return at;
}

/** The place of the quote when the word is a prefix of a string, else -1. */
function prefixedQuote(text: string, start: number, end: number): number {
  const next = text.charCodeAt(end);
  if (next === 0x27) return end - start <= 2 || text.charCodeAt(start) === 0x5f ? end : -1;
  if (next === 0x26 && end - start === 1 && text.charCodeAt(end + 1) === 0x27) return end + 1;
  return -1;
}

/** One beyond the closing quote; the end of the text where it is open or cannot be told. A doubled quote stays inside. */
function endOfQuoted(text: string, start: number, backslashEscapes: boolean | "unknown"): number {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c && backslashEscapes !== false) {
      if (backslashEscapes === "unknown") return text.length;
      at++;
    } else if (code === quote) {
      if (text.charCodeAt(at + 1) !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const isSign =
      (code === 0x2b || code === 0x2d) && (text.charCodeAt(at - 1) | 0x20) === 0x65 && at > start + 1;
    if (isDigit(code) || isWordStart(code) || code === 0x2e || (isSign && isDigit(text.charCodeAt(at + 1))))
      at++;
    else break;
  }
  return at;
}

/** After `$`: a placeholder `$1`, a dollar-quoted text, or a lone sign. */
function endOfDollar(text: string, start: number): { at: number; isText: boolean } {
  let at = start + 1;
  if (isDigit(text.charCodeAt(at))) {
    while (isDigit(text.charCodeAt(at))) at++;
    return { at, isText: false };
  }
  while (at < text.length && isWordPart(text.charCodeAt(at)) && text.charCodeAt(at) !== 0x24) at++;
  if (text.charCodeAt(at) !== 0x24) return { at, isText: false };
  const tag = text.slice(start, at + 1);
  const close = text.indexOf(tag, at + 1);
  return { at: close < 0 ? text.length : close + tag.length, isText: true };
}

function startsComment(text: string, at: number, dialect: SqlDialect): boolean {
  const code = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  return (
    (code === 0x2d && next === 0x2d) ||
    (code === 0x2f && next === 0x2a) ||
    (code === 0x23 && dialect.hashComments)
  );
}

/** Blocks nest, as in PostgreSQL; where they do not, more is taken out than needed, never less. */
function endOfComment(text: string, start: number): number {
  if (text.charCodeAt(start) !== 0x2f) {
    const end = text.indexOf("\n", start);
    return end < 0 ? text.length : end;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    if (code === 0x2f && next === 0x2a) {
      depth++;
      at++;
    } else if (code === 0x2a && next === 0x2f) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

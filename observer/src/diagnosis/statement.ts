import { placeholderToken, sqlTokens } from "./sql-tokens.ts";

/** What the detectors know of an SQL statement: its text without anything that changes from run to run, and what kind it is. */
export interface Statement {
  /** The statement's identity: equal for texts that differ only in white space, case, comments, literals and lengths of lists. */
  readonly text: string;
  /** `SELECT order_lines`: verb and first table, for titles where the code gives the statement no name. */
  readonly summary: string;
  /** `read`: looks rows up. `lock`: a read that locks. `control`: begin, commit, set and the like, which are no work of their own. */
  readonly kind: "read" | "lock" | "write" | "control" | "other";
  /** Reads the next page of a long list (ordered, limited, behind an offset or a strictly compared key), as batch jobs do by design. */
  readonly paging: boolean;
  readonly parameterCount: number;
  /** `order_id` of the one `order_id = ?`, when a batched form with `= any(?)` can be written down; else undefined. */
  readonly batchColumn: string | undefined;
}

const textLengthMax = 2_000;
const sourceLengthMax = 20_000;
const controls = new Set(
  "begin start commit end rollback abort savepoint release set reset show discard prepare deallocate use".split(
    " ",
  ),
);
const writes = new Set("insert update delete merge upsert replace truncate copy".split(" "));

/** `in (?, ?, ?)` is `in (...)`, `values (?, ?), (?, ?)` is `values (?, ?)`, `array[?, ?]` is `array[...]`; a sign belongs to its number. */
function collapseLists(tokens: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? "";
    const before = out.at(-1);
    if (
      token === "-" &&
      tokens[at + 1] === placeholderToken &&
      (before === undefined || /^[(,=<>+*/-]|<=|>=$/.test(before))
    ) {
      continue;
    }
    if ((token === "(" && before === "in") || (token === "[" && before === "array")) {
      const close = token === "(" ? ")" : "]";
      let end = at + 1;
      while (tokens[end] === placeholderToken || tokens[end] === "," || tokens[end] === "-") end += 1;
      if (tokens[end] === close && end > at + 1) {
        out.push(token, "...", close);
        at = end;
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

/** Copies `values (...)` and skips the rows after the first that read the same; returns the index of the last token used. */
function pushFirstRow(tokens: readonly string[], from: number, out: string[]): number {
  out.push("values");
  const end = afterParentheses(tokens, from + 1);
  if (end === undefined) return from;
  const row = tokens.slice(from + 1, end);
  out.push(...row);
  let at = end;
  while (tokens[at] === "," && row.every((token, i) => tokens[at + 1 + i] === token)) at += 1 + row.length;
  return at - 1;
}

function afterParentheses(tokens: readonly string[], from: number): number | undefined {
  if (tokens[from] !== "(") return undefined;
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (tokens[at] === "(") depth += 1;
    if (tokens[at] === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

const noSpaceBefore = new Set([",", ")", "]", ".", ";", "::"]);
const noSpaceAfter = new Set(["(", "[", ".", "::"]);
const spaceBeforeParenthesis = new Set(
  "in values and or not where on from join select as using exists any all over".split(" "),
);

function joinTokens(tokens: readonly string[]): string {
  let text = "";
  let before = "";
  for (const token of tokens) {
    const call =
      (token === "(" || token === "[") && /[\w"`]$/.test(before) && !spaceBeforeParenthesis.has(before);
    text += text === "" || noSpaceBefore.has(token) || noSpaceAfter.has(before) || call ? token : ` ${token}`;
    before = token;
    if (text.length > textLengthMax) return `${text.slice(0, textLengthMax)}…`;
  }
  return text;
}

function statementKind(words: ReadonlySet<string>, verb: string, text: string): Statement["kind"] {
  if (controls.has(verb)) return "control";
  if (writes.has(verb)) return "write";
  if (verb === "with")
    for (const word of writes) if (words.has(word) && !text.includes(`for ${word}`)) return "write";
  if (verb !== "select" && verb !== "with") return "other";
  // A select without rows to look up (nextval, advisory locks, now) is a call, not a read.
  if (!words.has("from")) return "other";
  return /\bfor (?:no key |key )?(?:update|share)\b/.test(text) ? "lock" : "read";
}

/** What stands outside of all parentheses; all of it where parentheses are not closed. */
function outerTokens(tokens: readonly string[]): readonly string[] {
  const outer: string[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token === ")") depth -= 1;
    if (depth === 0) outer.push(token);
    if (token === "(") depth += 1;
  }
  return depth === 0 ? outer : tokens;
}

function firstTable(tokens: readonly string[]): string | undefined {
  for (let at = 0; at < tokens.length - 1; at += 1) {
    if (!/^(?:from|into|update)$/.test(tokens[at] ?? "")) continue;
    let name = tokens[at + 1] ?? "";
    if (!/^[\w"`]/.test(name) || name === "set") continue;
    for (let next = at + 2; tokens[next] === "."; next += 2) name = tokens[next + 1] ?? name;
    return name.replace(/["`]/g, "");
  }
  return undefined;
}

/** Reads a statement as a span carries it (`db.query.text`), in any SQL dialect, with literals or without. Pure; texts beyond 20,000 characters are cut. */
export function toStatement(sql: string): Statement {
  const tokens = collapseLists(sqlTokens(sql.length > sourceLengthMax ? sql.slice(0, sourceLengthMax) : sql));
  const words = new Set(tokens);
  const verb = tokens.find((token) => /^[a-z]/.test(token)) ?? "";
  const text = joinTokens(tokens);
  const outer = outerTokens(tokens);
  const table = firstTable(outer);
  const equals = [...joinTokens(outer).matchAll(/([\w."`]+) = \?/g)];
  const kind = statementKind(words, verb, text);
  return {
    text,
    summary: table === undefined ? verb.toUpperCase() : `${verb.toUpperCase()} ${table}`,
    kind,
    paging:
      words.has("order") &&
      (words.has("limit") || words.has("fetch")) &&
      (words.has("offset") || words.has("<") || words.has(">")),
    parameterCount: tokens.filter((token) => token === placeholderToken || token === "...").length,
    batchColumn: kind === "read" && equals.length === 1 ? equals[0]?.[1] : undefined,
  };
}

const memoMax = 5_000;

/** `toStatement` with a memory: services run few statements often. Holds at most 5,000 texts, then starts anew. */
export function createStatementReader(): (sql: string) => Statement {
  const known = new Map<string, Statement>();
  return (sql) => {
    const seen = known.get(sql);
    if (seen !== undefined) return seen;
    if (known.size >= memoMax) known.clear();
    const statement = toStatement(sql);
    known.set(sql, statement);
    return statement;
  };
}

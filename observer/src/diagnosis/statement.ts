import { placeholderToken, sqlTokens } from "./sql-tokens.ts";
import { readsPages, type StatementKind, statementKind } from "./statement-kind.ts";
import { collapseLists } from "./statement-lists.ts";

/** What the detectors know of an SQL statement: its text without anything that changes from run to run, and what kind it is. */
export interface Statement {
  /** The statement's identity: equal for texts that differ only in white space, case, comments, literals and lengths of lists. */
  readonly text: string;
  /** `SELECT order_lines`: verb and first table, for titles where the code gives the statement no name. */
  readonly summary: string;
  readonly kind: StatementKind;
  /** See `readsPages`. */
  readonly paging: boolean;
  readonly parameterCount: number;
  /** `order_id` of the one `order_id = ?`, when a batched form with `= any(?)` can be written down; else undefined. */
  readonly batchColumn: string | undefined;
}

const textLengthMax = 2_000;
const sourceLengthMax = 20_000;
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
    const path = tokens.slice(at + 1).filter((token) => token !== "[" && token !== "]");
    let name = path[0] ?? "";
    if (!/^[\w"`]/.test(name) || name === "set") continue;
    for (let next = 1; path[next] === "."; next += 2) name = path[next + 1] ?? name;
    return name.replace(/["`]/g, "");
  }
  return undefined;
}

/** Reads a statement as a span carries it (`db.query.text`), in any SQL dialect, with literals or without. Pure; texts beyond 20,000 characters are cut. */
export function toStatement(sql: string): Statement {
  const tokens = collapseLists(sqlTokens(sql.length > sourceLengthMax ? sql.slice(0, sourceLengthMax) : sql));
  const verb = tokens.find((token) => /^[a-z]/.test(token)) ?? "";
  const text = joinTokens(tokens);
  const outer = outerTokens(tokens);
  const table = firstTable(outer);
  const equals = [...joinTokens(outer).matchAll(/([\w."`]+) = \?/g)];
  const kind = statementKind(tokens);
  return {
    text,
    summary: table === undefined ? verb.toUpperCase() : `${verb.toUpperCase()} ${table}`,
    kind,
    paging: readsPages(tokens, outer),
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

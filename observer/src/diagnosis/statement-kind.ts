import { placeholderToken } from "./sql-tokens.ts";

/**
 * `read`: looks rows up. `lock`: a read that locks. `control`: begin, commit, set, `select 1` and the like, which are no work of their
 * own. `other`: calls, and whatever else looks no rows up.
 */
export type StatementKind = "read" | "lock" | "write" | "control" | "other";

const controls = new Set(
  "begin start commit end rollback abort savepoint release set reset show discard prepare deallocate use".split(
    " ",
  ),
);
const writes = new Set("insert update delete merge upsert replace truncate copy".split(" "));
/** A text of several statements is of its gravest kind: `set nocount on; insert ...; select scope_identity()` writes. */
const gravestFirst: readonly StatementKind[] = ["write", "lock", "read", "other", "control"];

/** @param tokens without their lists; `;` between statements of one text */
export function statementKind(tokens: readonly string[]): StatementKind {
  const kinds = new Set<StatementKind>();
  let from = 0;
  for (let at = 0; at <= tokens.length; at += 1) {
    if (at < tokens.length && tokens[at] !== ";") continue;
    if (at > from) kinds.add(kindOfOne(tokens.slice(from, at)));
    from = at + 1;
  }
  return gravestFirst.find((kind) => kinds.has(kind)) ?? "other";
}

function kindOfOne(tokens: readonly string[]): StatementKind {
  const verb = tokens.find((token) => /^[a-z]/.test(token)) ?? "";
  if (controls.has(verb)) return "control";
  if (writes.has(verb)) return "write";
  if (verb !== "select" && verb !== "with") return "other";
  const words = new Set(tokens);
  if (verb === "with" && tokens.some((token, at) => writes.has(token) && tokens[at - 1] !== "for"))
    return "write";
  // A select without rows to look up (nextval, advisory locks, now) is a call, not a read; one of literals alone asks for a sign of life.
  if (!words.has("from") || words.has("dual") || words.has("nextval") || words.has("next_val")) {
    const isSign = tokens.every((token) => /^(?:select|from|dual|\?)$/.test(token));
    return isSign ? "control" : "other";
  }
  return isLocking(tokens) ? "lock" : "read";
}

function isLocking(tokens: readonly string[]): boolean {
  return tokens.some((token, at) => {
    const after = tokens[at + 1] ?? "";
    if (token === "for") return /^(?:update|share|no|key)$/.test(after);
    return token === "updlock" || token === "xlock" || (token === "lock" && after === "in");
  });
}

/** The last part of a name, without quotes: `id` of `"o"."id"` and `[o].[id]`, standing before `at`. */
function nameBefore(tokens: readonly string[], at: number): string {
  const token = tokens[at - 1] === "]" ? tokens[at - 2] : tokens[at - 1];
  return (token ?? "").replace(/["`]/g, "").toLowerCase();
}

function orderedNames(tokens: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (let at = tokens.lastIndexOf("order") + 2; at < tokens.length; at += 1) {
    const token = tokens[at] ?? "";
    if (/^(?:limit|offset|fetch|for|;)$/.test(token)) break;
    const next = tokens[at + 1];
    if (next !== "." && /^[\w"`]/.test(token)) names.add(nameBefore(tokens, at + 1));
  }
  return names;
}

/** A key that was read last, compared strictly: `id > ?` and `order by id`, `(a, b) < (?, ?)`. */
function isBehindKey(tokens: readonly string[]): boolean {
  const ordered = orderedNames(tokens);
  return tokens.some((token, at) => {
    if (token !== "<" && token !== ">") return false;
    if (tokens[at + 1] === "(" && tokens[at - 1] === ")") return true;
    return tokens[at + 1] === placeholderToken && ordered.has(nameBefore(tokens, at));
  });
}

/**
 * Reads the next page of a long list, as batch jobs do by design. Object mappers write an offset into look-ups of one row too: an offset
 * tells of pages only in what is ordered, or looks nothing up by a value.
 *
 * @param outer what stands outside of all parentheses
 */
export function readsPages(tokens: readonly string[], outer: readonly string[]): boolean {
  const words = new Set(outer);
  const isOrdered = words.has("order");
  const isLimited = words.has("limit") || words.has("fetch") || words.has("top");
  const looksUp = tokens.some(
    (token, at) =>
      token === "=" && tokens[at + 1] === placeholderToken && tokens[at - 1] !== placeholderToken,
  );
  const limit = outer.indexOf("limit");
  // MySQL: `limit offset, count`.
  const hasOffset = words.has("offset") || (limit >= 0 && outer[limit + 2] === ",");
  if (isLimited && hasOffset && (isOrdered || !looksUp)) return true;
  if (isLimited && isOrdered && isBehindKey(outer)) return true;
  // `from (select row_number() over (...) as rn ...) where rn > ? and rn <= ?`
  return (tokens.includes("row_number") || tokens.includes("rownum")) && words.has(">");
}

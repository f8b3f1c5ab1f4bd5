import { type RedactedStatement, redactSql, toSqlDialect } from "./redact-sql.ts";

const commandStores = new Set(["redis", "memcached", "valkey"]);
const documentStores = new Set([
  "mongodb",
  "elasticsearch",
  "opensearch",
  "couchdb",
  "couchbase",
  "azure.cosmosdb",
  "aws.dynamodb",
]);

/**
 * Takes the values out of a database statement in whatever language its system speaks.
 *
 * @param system `db.system.name`; undefined and unknown ones are read as SQL with the greatest caution
 */
export function redactStatement(text: string, system: string | undefined): RedactedStatement {
  if (system !== undefined && commandStores.has(system)) return redactCommand(text);
  if (system !== undefined && documentStores.has(system) && /^\s*[[{]/.test(text))
    return redactDocument(text);
  return redactSql(text, toSqlDialect(system));
}

/** `SET key value` keeps its command only: keys carry ids as often as values do. */
function redactCommand(text: string): RedactedStatement {
  const space = text.search(/\s/);
  if (space < 0) return { text, literals: [], hasPlaceholders: false };
  const rest = text.slice(space + 1).trim();
  if (rest === "" || rest === "?") return { text, literals: [], hasPlaceholders: false };
  return { text: `${text.slice(0, space)} ?`, literals: [rest], hasPlaceholders: false };
}

const documentToken = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"/g;

/** JSON keeps its keys and its shape; texts and numbers go. An open quote cuts the rest. */
function redactDocument(text: string): RedactedStatement {
  const literals: string[] = [];
  let out = "";
  let kept = 0;
  for (const token of text.matchAll(documentToken)) {
    if (token[1] !== undefined || token[0] === '"?"') continue;
    out += `${text.slice(kept, token.index)}"?"`;
    const isOpen = token[0] === '"';
    literals.push(isOpen ? text.slice(token.index) : token[0]);
    kept = isOpen ? text.length : token.index + token[0].length;
    if (isOpen) break;
  }
  if (kept === 0) return { text, literals, hasPlaceholders: false };
  return { text: out + text.slice(kept), literals, hasPlaceholders: false };
}

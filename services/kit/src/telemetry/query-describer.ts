import { createHmac } from "node:crypto";
import type { Span } from "@opentelemetry/api";
import { DB_PARAMETERS_HASH } from "../metric-names.ts";
import { readQueryName } from "../query-name.ts";
import { redactStatusOf } from "./redact-message.ts";

/** Longer parameters, such as bulk inserts, are not hashed: they cost time and are never asked for twice in a row. */
const hashedCharactersMax = 65_536;

type QueryInfo = { query: { text: string; name?: string; values?: unknown[] } };

/**
 * Adds to a pg span where the statement stands (`code.function.name`, the name of the query) and a keyed hash of its
 * parameters, by which equal parameters can be told from different ones. The parameters themselves are never recorded, nor
 * what an error message quotes of them.
 */
export function createQueryDescriber(hashKey: Buffer): (span: Span, info: QueryInfo) => void {
  return (span, { query }) => {
    redactStatusOf(span);
    const name = readQueryName() ?? query.name;
    if (name !== undefined) span.setAttribute("code.function.name", name);
    const hash = hashParameters(hashKey, query.values);
    if (hash !== undefined) span.setAttribute(DB_PARAMETERS_HASH, hash);
  };
}

/** 16 hexadecimal digits; undefined where there are no parameters, or far too long ones. */
export function hashParameters(hashKey: Buffer, values: unknown[] | undefined): string | undefined {
  if (values === undefined || values.length === 0) return undefined;
  const text = JSON.stringify(values, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
  if (text.length > hashedCharactersMax) return undefined;
  return createHmac("sha256", hashKey).update(text).digest("hex").slice(0, 16);
}

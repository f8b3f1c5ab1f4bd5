import { MalformedError } from "./malformed-error.ts";

/** An object of OTLP JSON, its fields not yet looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

const bigInteger = /[:[,]\s*-?\d{16,}\s*[,}\]]/;

/**
 * Parses OTLP JSON. Integers that a double cannot hold, which senders may write without quotes, come back as text with every digit.
 *
 * @throws MalformedError when it is not JSON, or not an object
 */
export function parseJson(text: string): JsonObject {
  let value: unknown;
  try {
    value = bigInteger.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (cause) {
    throw new MalformedError(
      `the body is not JSON: ${cause instanceof Error ? cause.message : "unreadable"}`,
      { cause },
    );
  }
  return object(value, "body");
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

export function object(value: unknown, name: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new MalformedError(`${name} is not an object`);
  return value as JsonObject;
}

/** The objects of a repeated field; none where it is absent. */
export function objects(value: unknown, name: string): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedError(`${name} is not an array`);
  return value.map((item) => object(item, name));
}

export function text(value: unknown, name: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new MalformedError(`${name} is not a string`);
  return value;
}

/** An id in hex of either case, lower-cased; what is no hex comes back as it is and is refused by its length. */
export function hexId(value: unknown, name: string): string {
  const id = text(value, name).toLowerCase();
  return /^[0-9a-f]*$/.test(id) ? id : "not hex";
}

/** A 64-bit integer given as number or as decimal text. @throws MalformedError for anything else */
export function int64(value: unknown, name: string): bigint {
  if (value === undefined || value === null || value === "") return 0n;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^[+-]?\d{1,20}$/.test(value)) return BigInt(value);
  throw new MalformedError(`${name} is not a 64-bit integer`);
}

/** A number given as number, decimal text, "NaN", "Infinity" or "-Infinity"; undefined where it is absent. */
export function double(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return value;
  if (
    typeof value === "string" &&
    /^(?:NaN|-?Infinity|[+-]?\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,3})?)$/.test(value)
  ) {
    return Number(value);
  }
  throw new MalformedError(`${name} is not a number`);
}

export function count(value: unknown, name: string): number {
  return double(value, name) ?? 0;
}

export function numbers(value: unknown, name: string): number[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedError(`${name} is not an array`);
  return value.map((item) => count(item, name));
}

/**
 * An enum given as its number or, leniently, as the name of its value: `2` and `SPAN_KIND_SERVER`.
 *
 * @param names lower-case values by number, as our records spell them
 * @param prefix of the names in the protocol, `SPAN_KIND_`
 */
export function enumValue<T extends string>(value: unknown, names: readonly T[], prefix: string): T {
  const first = names[0] as T;
  if (typeof value === "number") return names[value] ?? first;
  if (typeof value !== "string") return first;
  if (/^\d+$/.test(value)) return names[Number(value)] ?? first;
  const name = value.toUpperCase().startsWith(prefix) ? value.slice(prefix.length) : value;
  return names.find((known) => known === name.toLowerCase()) ?? first;
}

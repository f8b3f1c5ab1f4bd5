import { MalformedError } from "./malformed-error.ts";
import { withoutNul } from "./without-nul.ts";

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
  // Elsewhere null is a field left out; as the whole body it is no request.
  if (value === null) throw new MalformedError("body is not an object");
  return object(value, "body");
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

/** In the JSON of protobuf `null` is a field left out, also where one of several may be given. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
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
  return withoutNul(value);
}

/** An id in hex of either case, lower-cased; what is no hex comes back as it is and is refused by its length. */
export function hexId(value: unknown, name: string): string {
  const id = text(value, name).toLowerCase();
  return /^[0-9a-f]*$/.test(id) ? id : "not hex";
}

const int64Range = { least: -(2n ** 63n), most: 2n ** 63n - 1n } as const;
/** Negative times are let through: their item is refused for them, not the whole request. */
const timeRange = { least: int64Range.least, most: 2n ** 64n - 1n } as const;

/** `int64`, given as number or as decimal text. @throws MalformedError for anything else, and for what 64 bits with a sign cannot hold */
export function int64(value: unknown, name: string): bigint {
  return integer(value, name, int64Range);
}

/** A time in ns, `fixed64`, given as number or as decimal text. @throws MalformedError for anything else, and for 2^64 and above */
export function unixNano(value: unknown, name: string): bigint {
  return integer(value, name, timeRange);
}

/** A time beside the one that places an item: of a negative one nothing is known, as of one left out, and the item stays. */
export function besideUnixNano(value: unknown, name: string): bigint {
  const nanos = unixNano(value, name);
  return nanos < 0n ? 0n : nanos;
}

function integer(
  value: unknown,
  name: string,
  range: { readonly least: bigint; readonly most: bigint },
): bigint {
  if (value === undefined || value === null || value === "") return 0n;
  const isDecimal = typeof value === "number" ? Number.isInteger(value) : isDecimalText(value);
  const read = isDecimal ? BigInt(value as number | string) : undefined;
  if (read === undefined || read < range.least || read > range.most)
    throw new MalformedError(`${name} is not a 64-bit integer`);
  return read;
}

function isDecimalText(value: unknown): boolean {
  return typeof value === "string" && /^[+-]?\d{1,20}$/.test(value);
}

/** Bytes in base64, of the standard or the URL alphabet, with or without padding, kept as text. @throws MalformedError for anything else */
export function base64(value: unknown, name: string): string {
  const bytes = text(value, name);
  const digits = /^([A-Za-z0-9+/_-]*)={0,2}$/.exec(bytes)?.[1];
  if (digits === undefined || digits.length % 4 === 1) throw new MalformedError(`${name} is not base64`);
  return bytes;
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

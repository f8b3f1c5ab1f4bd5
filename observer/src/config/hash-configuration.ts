import { createHash } from "node:crypto";

/**
 * Names a configuration by what it decides, not by how it is written.
 *
 * @param decided plain values and maps; the order of keys does not count, that of lists does
 * @returns 16 lower-case hex digits of SHA-256
 */
export function hashConfiguration(decided: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(toCanonical(decided)))
    .digest("hex")
    .slice(0, 16);
}

function toCanonical(value: unknown): unknown {
  if (value instanceof Map) return toCanonical(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(toCanonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, toCanonical(inner)]);
}

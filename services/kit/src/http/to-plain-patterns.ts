const flagged = /^(.*)(?<!\\)\/([a-z]+)$/s;

/**
 * JSON Schema knows expressions without flags, read as with `u`. The generator writes `x/u` for `/x/u`, which no text matches: here the flag is
 * taken off.
 *
 * @param part of an OpenAPI document; not changed
 * @throws Error for a flag that changes what an expression means, such as `i`
 */
export function toPlainPatterns<T>(part: T): T {
  const plain: unknown = JSON.parse(JSON.stringify(part), (key, value: unknown) =>
    key === "pattern" && typeof value === "string" ? withoutFlags(value) : value,
  );
  return plain as T;
}

function withoutFlags(pattern: string): string {
  const [, source, flags] = flagged.exec(pattern) ?? [];
  if (source === undefined || flags === undefined) return pattern;
  if (/[^uv]/.test(flags))
    throw new Error(`JSON Schema cannot say the flags of /${pattern}; write it without.`);
  return source;
}

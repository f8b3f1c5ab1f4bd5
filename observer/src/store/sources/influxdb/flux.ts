/** The few pieces of Flux that reads are made of. */

export function quoteFlux(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("${", "\\${")}"`;
}

/** One nanosecond after a time: ranges of Flux exclude their end, and windows of ours exclude their start. */
export function justAfter(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000001Z");
}

/** `(r.a == "x" or r.a == "y")`. @param column of a record: `_measurement`, or a tag */
export function isOneOf(column: string, values: readonly string[]): string {
  const tests = values.map((value) => `${columnOf(column)} == ${quoteFlux(value)}`);
  return tests.length === 1 ? (tests[0] ?? "") : `(${tests.join(" or ")})`;
}

export function isNoneOf(column: string, values: readonly string[]): string {
  return values.map((value) => `${columnOf(column)} != ${quoteFlux(value)}`).join(" and ");
}

/** A column as code names it; names with dots need brackets. */
export function columnOf(name: string): string {
  return /^[a-z_]+$/i.test(name) ? `r.${name}` : `r[${quoteFlux(name)}]`;
}

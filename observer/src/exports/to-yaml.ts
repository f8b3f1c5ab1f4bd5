/** What a file of a server is made of. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/**
 * Writes plain data as YAML, always the same way: texts of one line are quoted as in JSON, longer ones stand as they are in a block.
 * Entries that are undefined are left out.
 *
 * @returns with a line end at the end
 */
export function toYaml(value: YamlValue): string {
  return `${lines(value).join("\n")}\n`;
}

function lines(value: YamlValue): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ["[]"];
    return value.flatMap((item) => indent(lines(item), "- "));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(
      (entry): entry is [string, YamlValue] => entry[1] !== undefined,
    );
    if (entries.length === 0) return ["{}"];
    return entries.flatMap(([key, inner]) => entry(toKey(key), inner));
  }
  return [scalar(value)];
}

function entry(key: string, value: YamlValue): string[] {
  if (typeof value === "string" && value.includes("\n")) {
    return [`${key}: |-`, ...value.split("\n").map((line) => (line === "" ? "" : `  ${line}`))];
  }
  const inner = lines(value);
  const isNested = typeof value === "object" && value !== null && inner[0] !== "[]" && inner[0] !== "{}";
  return isNested ? [`${key}:`, ...indent(inner, "  ")] : [`${key}: ${inner[0]}`];
}

function indent(inner: readonly string[], first: "- " | "  "): string[] {
  return inner.map((line, index) => (line === "" ? "" : `${index === 0 ? first : "  "}${line}`));
}

function scalar(value: unknown): string {
  return JSON.stringify(value);
}

function toKey(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key);
}

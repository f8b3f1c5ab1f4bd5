import { toJsonSchema } from "../../src/config/to-json-schema.ts";

interface SchemaNode {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly type?: string;
  readonly default?: unknown;
}

/** One key of `observer_config.json` that takes a value: `services.*.endpoints.*.latencyP95MsMax.limit`. */
export interface SchemaKey {
  /** Names that are free are `*`, elements of a list `0`. */
  readonly path: string;
  readonly usual: unknown;
  readonly isWhole: boolean;
}

/** Every key that the schema knows, read from the JSON Schema that editors are given: a key that is new there is new here. */
export function listSchemaKeys(): SchemaKey[] {
  const root: SchemaNode = JSON.parse(toJsonSchema());
  const walk = (node: SchemaNode, path: readonly string[]): SchemaKey[] => {
    if (node.$ref !== undefined) return walk(root.$defs?.[node.$ref.split("/").at(-1) ?? ""] ?? {}, path);
    const own = { path: path.join("."), usual: node.default, isWhole: node.type === "integer" };
    if (node.anyOf !== undefined) {
      const objects = node.anyOf.filter(({ type }) => type === "object");
      return [own, ...objects.flatMap((one) => walk(one, path))];
    }
    if (node.items?.properties !== undefined) return walk(node.items, [...path, "0"]);
    if (node.type !== "object") return [own];
    const free =
      typeof node.additionalProperties === "object" ? walk(node.additionalProperties, [...path, "*"]) : [];
    const named = Object.entries(node.properties ?? {}).flatMap(([key, inner]) =>
      walk(inner, [...path, key]),
    );
    return [...free, ...named];
  };
  return walk(root, []);
}

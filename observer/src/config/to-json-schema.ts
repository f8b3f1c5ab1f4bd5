import { z } from "zod";
import { configurationSchema } from "./schema.ts";

/**
 * The JSON Schema of `observer_config.json`, for editors and other tools. It holds the shape; what values say about each other only
 * `readConfiguration` knows.
 *
 * @returns draft 2020-12, as text that ends with a line end; the content of `docs/observer_config.schema.json`
 */
export function toJsonSchema(): string {
  const schema = z.toJSONSchema(configurationSchema, { io: "input", reused: "inline" });
  const titled = {
    ...schema,
    title: "observer_config.json",
    description: "Every threshold of Kontor, once.",
  };
  return `${joinShortLists(JSON.stringify(titled, null, 2))}\n`;
}

/** Lists of plain values stand on one line, as the formatter of this repository has them. */
function joinShortLists(json: string): string {
  return json.replace(
    /\[\n\s+([^[\]{}]*?)\n\s+\]/g,
    (_, items: string) => `[${items.replace(/\n\s+/g, " ")}]`,
  );
}

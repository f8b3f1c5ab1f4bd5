import { z } from "zod";
import { nearestName } from "../nearest-name.ts";

/**
 * The query parameters that a route does not take, each as an issue of a failed validation with the nearest that it does take. A filter
 * that is misspelt and passed over answers with everything, which reads like a right answer.
 *
 * @param schema of the route; without one it takes no parameter, and a loose one takes all
 * @param query as it was parsed
 */
export function findUnknownParameters(
  schema: z.ZodObject | undefined,
  query: object,
): { path: string; message: string }[] {
  if (schema?.def.catchall instanceof z.ZodUnknown) return [];
  const known = Object.keys(schema?.shape ?? {});
  return Object.keys(query)
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: `query.${name}`, message: explain(name, known) }));
}

function explain(name: string, known: readonly string[]): string {
  if (known.length === 0) return "this route takes no parameters";
  const nearest = nearestName(name, known);
  return nearest === undefined
    ? `no such parameter; there are ${known.join(", ")}`
    : `no such parameter; did you mean ${nearest}?`;
}

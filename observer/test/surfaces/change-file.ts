import { baseCounter, baseFile, baseLimit, baseRoute, baseService } from "./base-configuration.ts";
import type { SchemaKey } from "./schema-keys.ts";
import type { Change } from "./surface-table.ts";

type Container = Record<string, unknown>;

/** The base file with one key changed: set where it did not stand. */
export function changeFile({ path, usual, isWhole }: SchemaKey, to: Change): object {
  const file: Container = baseFile();
  const parts = path
    .replace("services.*", `services.${baseService}`)
    .split(".")
    .map((part, at, every) => (part !== "*" ? part : every[at - 1] === "counters" ? baseCounter : baseRoute));
  const last = parts.pop() ?? "";
  let place = file;
  for (const part of parts) {
    const inner = place[part];
    // A limit that stands as a number is written with its fields.
    const next =
      typeof inner === "object" && inner !== null ? inner : inner === undefined ? {} : { limit: inner };
    place[part] = next;
    place = next as Container;
  }
  const limit = baseLimit(last) ?? baseLimit(parts.at(-1) ?? "");
  place[last] = toValue(to, { usual, isWhole, limit });
  // Else `clear` would follow, and hide a limit that stands still.
  if (to === "lower" && last === "limit") place.clear = limit?.clear;
  return file;
}

function toValue(
  to: Change,
  { usual, isWhole, limit }: Omit<SchemaKey, "path"> & { limit: ReturnType<typeof baseLimit> },
): unknown {
  if (typeof to === "object") return to.value;
  if (to === "other") {
    if (typeof usual !== "number") throw new Error("only numbers with a usual value have another one");
    return isWhole ? usual + 1 : usual * 0.9;
  }
  if (limit === undefined) throw new Error(`${to} is for limits`);
  if (to === "lower") return limit.limit * 0.95;
  return limit.bound === "max" ? limit.limit * 0.7 : limit.limit * 1.6;
}

import { randomUUID } from "node:crypto";

export type Values = ReadonlyMap<string, unknown>;
/** From 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A scenario that asks for a value which nothing saved. */
export class PlaceholderError extends Error {
  override readonly name = "PlaceholderError";
}

const placeholder = /\{\{([^{}]+)\}\}/g;

/** @throws PlaceholderError */
export function fillText(text: string, values: Values, random: Random): string {
  return text.replace(placeholder, (_, name: string) => String(readValue(name, values, random)));
}

/**
 * A JSON value with all texts in it filled. A text that is one placeholder alone becomes the value, of whatever type.
 *
 * @throws PlaceholderError
 */
export function fillJson(json: Json, values: Values, random: Random): unknown {
  if (typeof json === "string") {
    const [whole, name] = /^\{\{([^{}]+)\}\}$/.exec(json) ?? [];
    return whole === undefined ? fillText(json, values, random) : readValue(name ?? "", values, random);
  }
  if (Array.isArray(json)) return json.map((each) => fillJson(each, values, random));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, fillJson(each, values, random)]));
}

function readValue(name: string, values: Values, random: Random): unknown {
  if (name === "uuid") return randomUUID();
  const [, from, to] = /^int:(\d+):(\d+)$/.exec(name) ?? [];
  if (from !== undefined) return Number(from) + Math.floor(random() * (Number(to) - Number(from) + 1));
  const list = /^pick:(.+)$/.exec(name)?.[1];
  if (list === undefined) return values.has(name) ? values.get(name) : missing(name);
  const choices = values.get(list);
  if (!Array.isArray(choices) || choices.length === 0) return missing(list);
  return choices[Math.floor(random() * choices.length)];
}

function missing(name: string): never {
  throw new PlaceholderError(`nothing saved a value named ${JSON.stringify(name)}`);
}

/**
 * The value at a path such as `id`, `page.next` or `items[*].sku`, where `[*]` gives the list of what follows.
 *
 * @returns undefined when there is nothing at that path
 */
export function readPath(json: unknown, path: string): unknown {
  const [, head = "", isList, rest] = /^([^.[]*)(\[\*\])?(?:\.(.+))?$/.exec(path) ?? [];
  const at = head === "" ? json : isRecord(json) ? json[head] : undefined;
  if (isList === undefined) return rest === undefined ? at : readPath(at, rest);
  if (!Array.isArray(at)) return undefined;
  return rest === undefined ? at : at.map((each) => readPath(each, rest));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

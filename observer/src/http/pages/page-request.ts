import type { Request } from "express";

/** A text of the query; undefined where it is left out, empty or there several times. */
export function queryText(request: Request, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value if it is one of those allowed, else the first of them: a page shows something for any address. */
export function oneOf<T extends string>(allowed: readonly [T, ...T[]], value: string | undefined): T {
  return allowed.find((one) => one === value) ?? allowed[0];
}

/** A part of the path. */
export function parameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === "string" ? value : "";
}

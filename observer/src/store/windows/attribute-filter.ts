import type { AttributeFilter } from "../../signals/signal-definition.ts";
import type { Attributes } from "../span-record.ts";

/** Whether attributes pass a filter. See `AttributeFilter` for what each test means. */
export function passesFilter(attributes: Attributes, filter: AttributeFilter): boolean {
  if (filter.unless !== undefined && attributes[filter.unless] !== undefined) return false;
  const value = attributes[filter.attribute];
  if (value === undefined || value === null || value === "") return false;
  if (filter.atLeast !== undefined && !(Number(value) >= filter.atLeast)) return false;
  return filter.oneOf === undefined || filter.oneOf.includes(String(value));
}

export function passesAny(attributes: Attributes, filters: readonly AttributeFilter[]): boolean {
  return filters.some((filter) => passesFilter(attributes, filter));
}

export function passesAll(attributes: Attributes, filters: readonly AttributeFilter[]): boolean {
  return filters.every((filter) => passesFilter(attributes, filter));
}

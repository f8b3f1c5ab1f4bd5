import { z } from "zod";

const firstMs = Date.parse("0001-01-01T00:00:00Z");
const lastMs = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * An instant in a request: ISO 8601 with `Z` or an offset. What comes out is in UTC with milliseconds. ISO allows more than PostgreSQL and
 * answers can hold (the year 0, ends of the day 9999-12-31 in other zones, any number of decimals): that is refused.
 */
export const instantText = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => {
    const ms = Date.parse(text);
    return !(ms < firstMs || ms > lastMs);
  }, "must lie between the years 1 and 9999")
  .transform((text) => {
    const ms = Date.parse(text);
    // What is no time has been reported, and is no bug here.
    return Number.isNaN(ms) ? text : new Date(ms).toISOString();
  });

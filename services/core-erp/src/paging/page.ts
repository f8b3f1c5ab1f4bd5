import { z } from "zod";

/** How many rows a page may hold; the default is what a table on a screen shows. */
export const pageLimitMax = 200;
export const pageLimitDefault = 50;

/**
 * The query parameters of every list: `limit` (1..200 rows, default 50) and `cursor`, the `nextCursor` of the page
 * before. A cursor names the last row seen, so rows inserted meanwhile neither repeat nor hide any other row.
 *
 * @param position the sort key of a row as the list's repository takes it, ending in a unique column
 */
export function pageQuery<Position extends z.ZodType>(position: Position) {
  return {
    limit: z.coerce.number().int().min(1).max(pageLimitMax).default(pageLimitDefault),
    cursor: cursor(position).optional(),
  };
}

function cursor<Position extends z.ZodType>(position: Position) {
  return z
    .string()
    .max(1000)
    .regex(/^[\w-]+$/, "is not base64url: pass nextCursor unchanged")
    .transform((text, context): z.output<Position> => {
      const parsed = position.safeParse(fromCursor(text));
      if (parsed.success) return parsed.data;
      context.addIssue({
        code: "custom",
        message: "is not a cursor of this list: pass nextCursor unchanged",
      });
      return z.NEVER;
    });
}

function fromCursor(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The opaque form of a position; callers hand it back unchanged. */
export function toCursor(position: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(position), "utf8").toString("base64url");
}

/** Rows read for a page of `limit`: one more, which only tells that a next page exists. */
export function rowsToRead(limit: number): number {
  return limit + 1;
}

/**
 * Cuts what `rowsToRead(limit)` rows gave to a page.
 *
 * @returns at most `limit` rows, and the cursor of the next page, null on the last one
 */
export function toPage<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => readonly unknown[],
): { rows: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last ? toCursor(positionOf(last)) : null };
}

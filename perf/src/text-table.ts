/**
 * Lines of a table for a terminal: columns as wide as their widest cell.
 *
 * @param rows the first are the headings; all of the same length
 * @param rightAligned numbers of the columns to align right, from 0
 */
export function toTextTable(rows: readonly (readonly string[])[], rightAligned: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return rightAligned.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

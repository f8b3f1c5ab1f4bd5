import { toTextTable } from "@kontor/perf/text-table";
import type { BenchResult } from "./bench-row.ts";

type Row = BenchResult["rows"][number];

/** All results as one table for people, with notes below it. */
export function toBenchTable(results: readonly BenchResult[]): string {
  const rows = results.flatMap(({ bench, rows }) => rows.map((row) => ({ bench, row })));
  const cells = rows.map(({ bench, row }) => [
    bench,
    row.name,
    toNumber(row.value),
    row.unit,
    row.target,
    row.met === undefined ? "" : row.met ? "met" : "MISSED",
    row.rival === undefined ? "" : `${row.rival.name}: ${toNumber(row.rival.value)}`,
    row.ratio === undefined ? "" : `${toNumber(row.ratio)} x`,
  ]);
  const table = toTextTable(
    [["bench", "what", "value", "unit", "target", "", "rival", "ratio"], ...cells],
    [2, 7],
  );
  const notes = rows.flatMap(({ row }) => (row.note === undefined ? [] : [`${row.name}: ${row.note}`]));
  const errors = results.flatMap(({ bench, error }) =>
    error === undefined ? [] : [`${bench} failed: ${error}`],
  );
  return [...table, ...(notes.length + errors.length > 0 ? [""] : []), ...notes, ...errors].join("\n");
}

function toNumber(value: Row["value"]): string {
  if (value === "not measured") return value;
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));
}

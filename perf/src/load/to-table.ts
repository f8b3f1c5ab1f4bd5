import type { RouteResult } from "./recorder.ts";
import type { LoadResult } from "./run-load.ts";

const headings = [
  "route",
  "requests",
  "failed",
  "p50 ms",
  "p90 ms",
  "p95 ms",
  "p99 ms",
  "max ms",
  "statuses",
];

/** The result for people: one row a route, and one for all. */
export function toTable(result: LoadResult): string {
  const rows = [headings, ...[...result.routes, result.total].map(toCells)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    ),
  );
  const rate = `${result.flowsPerSecond} flows/s for ${result.seconds.toFixed(1)} s: ${result.requestsPerSecond.toFixed(1)} requests/s`;
  const dropped = result.dropped > 0 ? `; ${result.dropped} flows dropped: too many were waiting` : "";
  return [
    `${result.scenario}: ${rate}${dropped}`,
    "",
    ...lines.map((cells) => cells.join("  ").trimEnd()),
  ].join("\n");
}

function isText(column: number): boolean {
  return column === 0 || column === headings.length - 1;
}

function toCells(row: RouteResult): string[] {
  const statuses = Object.entries(row.statuses).map(
    ([status, count]) => `${status === "0" ? "none" : status}: ${count}`,
  );
  const latencies = [row.p50Ms, row.p90Ms, row.p95Ms, row.p99Ms, row.maxMs].map((ms) => ms.toFixed(1));
  return [row.route, String(row.requests), String(row.failures), ...latencies, statuses.join(", ")];
}

import { toTextTable } from "../text-table.ts";
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
  const rate = `${result.flowsPerSecond} flows/s for ${result.seconds.toFixed(1)} s: ${result.requestsPerSecond.toFixed(1)} requests/s`;
  const dropped = result.dropped > 0 ? `; ${result.dropped} flows dropped: too many were waiting` : "";
  return [`${result.scenario}: ${rate}${dropped}`, "", ...toTextTable(rows, [1, 2, 3, 4, 5, 6, 7])].join(
    "\n",
  );
}

function toCells(row: RouteResult): string[] {
  const statuses = Object.entries(row.statuses).map(
    ([status, count]) => `${status === "0" ? "none" : status}: ${count}`,
  );
  const latencies = [row.p50Ms, row.p90Ms, row.p95Ms, row.p99Ms, row.maxMs].map((ms) => ms.toFixed(1));
  return [row.route, String(row.requests), String(row.failures), ...latencies, statuses.join(", ")];
}

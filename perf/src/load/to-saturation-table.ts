import { toTextTable } from "../text-table.ts";
import type { Saturation } from "./find-saturation.ts";

const headings = ["connections", "flows/s", "requests/s", "p50 ms", "p95 ms", "failed", ""];

/** The search for people: one row a step in the order of connections, and what came out. */
export function toSaturationTable({ best, steps }: Saturation): string {
  const rows = steps
    .toSorted((a, b) => a.result.connections - b.result.connections)
    .map(({ result, broken }) => [
      String(result.connections),
      result.flowsPerSecond.toFixed(1),
      result.requestsPerSecond.toFixed(1),
      result.total.p50Ms.toFixed(1),
      result.total.p95Ms.toFixed(1),
      String(result.total.failures),
      broken ?? (result === best ? "saturation" : "kept up with"),
    ]);
  const verdict =
    best === undefined
      ? "Not found: one connection alone was too much."
      : `Saturation: ${best.requestsPerSecond.toFixed(1)} requests/s (${best.flowsPerSecond.toFixed(1)} flows/s) with ${best.connections} connections, p95 ${best.total.p95Ms.toFixed(0)} ms.`;
  return [...toTextTable([headings, ...rows], [0, 1, 2, 3, 4, 5]), "", verdict].join("\n");
}

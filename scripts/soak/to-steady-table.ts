import { toTable } from "@kontor/perf/load/to-table";
import { toTextTable } from "@kontor/perf/text-table";
import type { SteadyPart, SteadyResult } from "./run-steady.ts";

/** The result for people. */
export function toSteadyTable({ startedAt, parts, problems }: SteadyResult): string {
  const verdict =
    problems.length === 0 ? ["Nothing was alerted, nothing found."] : ["Did not hold:", ...problems];
  return [`Begun ${startedAt}.`, ...parts.flatMap(toPartLines), ...verdict].join("\n");
}

function toPartLines({ load, comparisons }: SteadyPart): string[] {
  const rows = comparisons.map(({ what, sent, observed, agrees }) => [
    what,
    toNumber(sent),
    observed === null ? "-" : toNumber(observed),
    agrees ? "agrees" : "DIFFERS",
  ]);
  const compared = toTextTable([["what", "load generator", "observer", ""], ...rows], [1, 2]);
  return [toTable(load), "", ...compared, ""];
}

function toNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

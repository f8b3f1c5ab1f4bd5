import type { MapEdge, MapNode } from "../service-map/service-map.ts";
import { formatRate, formatValue } from "./page-formats.ts";

const kinds: Readonly<Record<MapNode["kind"], string>> = {
  service: "service",
  database: "database",
  broker: "broker",
  external: "not observed",
  outside: "callers",
};

/** What a node is: `database, postgresql`. */
export function kindText({ kind, detail }: Pick<MapNode, "kind" | "detail">): string {
  return detail === "" || detail === kinds[kind] ? kinds[kind] : `${kinds[kind]} · ${detail}`;
}

/** The figures of a call in full. */
export function callText({ callsPerSecond, errorRatio, p95Ms }: MapEdge): string {
  return `${formatRate(callsPerSecond)}, ${formatValue(errorRatio, "ratio")} errors, p95 ${formatValue(p95Ms, "ms")}`;
}

/** What stands beside a line, in lines: what is wrong where something is, else rate and duration. */
export function callLabel({ state, reasons, callsPerSecond, errorRatio, p95Ms }: MapEdge): readonly string[] {
  const duration = formatValue(p95Ms, "ms");
  if (state === "good") return [formatRate(callsPerSecond), duration];
  const errors = errorRatio > 0 ? [`${formatValue(errorRatio, "ratio")} errors`] : [];
  return reasons.includes("p95") ? [...errors, `p95 ${duration}`] : errors;
}

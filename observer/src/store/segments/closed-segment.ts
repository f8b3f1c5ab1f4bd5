import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { requestPath } from "./request-file.ts";
import { type RecordKind, recordKinds } from "./segment-schema.ts";

const kindSummary = z.object({
  rows: z.number(),
  /** Event times, ms since the epoch; meaningless where there are no rows. */
  earliestMs: z.number(),
  latestMs: z.number(),
});

const summarySchema = z.object({
  number: z.number().int(),
  hour: z.string(),
  /** Of the last journal entry in it. */
  lastNumber: z.number(),
  closedAtMs: z.number(),
  spans: kindSummary,
  points: kindSummary,
  logs: kindSummary,
});

/** What `segment.json` says of a closed segment, which is a folder with one Parquet file per kind, and one of its requests. */
export type SegmentSummary = z.infer<typeof summarySchema>;

export interface ClosedSegment extends SegmentSummary {
  readonly directory: string;
  readonly sizeBytes: number;
  /** Segments closed by an older Kontor have none; their spans are asked then. */
  readonly hasRequestFile: boolean;
}

export const summaryFile = "segment.json";

/** `20261124T01`, UTC. */
export function toHour(ms: number): string {
  return new Date(ms).toISOString().slice(0, 13).replaceAll("-", "");
}

/** `00000007-20261124T01`: by number, so that names sort, and by hour, so that people find it. */
export function toDirectoryName(number: number, hour: string): string {
  return `${String(number).padStart(8, "0")}-${hour}`;
}

export function databaseName(number: number): string {
  return `${String(number).padStart(8, "0")}.duckdb`;
}

export function parquetPath(segment: { readonly directory: string }, kind: RecordKind): string {
  return join(segment.directory, `${kind}.parquet`);
}

/** What lies in the folder of segments: closed ones, and the numbers of databases of open ones, both ascending. */
export function listSegments(directory: string): {
  readonly closed: ClosedSegment[];
  readonly databases: number[];
} {
  const closed: ClosedSegment[] = [];
  const databases: number[] = [];
  for (const name of readdirSync(directory).toSorted()) {
    const database = /^(\d{8})\.duckdb$/.exec(name);
    if (database !== null) databases.push(Number(database[1]));
    else if (/^\d{8}-\d{8}T\d{2}$/.test(name)) closed.push(readClosedSegment(join(directory, name)));
    // Half written ones of a process that was killed; the database they came from is still there.
    else if (name.endsWith(".tmp")) rmSync(join(directory, name), { recursive: true, force: true });
  }
  return { closed, databases };
}

export function readClosedSegment(directory: string): ClosedSegment {
  const summary = summarySchema.parse(JSON.parse(readFileSync(join(directory, summaryFile), "utf8")));
  const hasRequestFile = existsSync(requestPath({ directory }));
  const paths = recordKinds
    .filter((kind) => summary[kind].rows > 0)
    .map((kind) => parquetPath({ directory }, kind));
  if (hasRequestFile) paths.push(requestPath({ directory }));
  const sizeBytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  return { ...summary, directory, sizeBytes, hasRequestFile };
}

/**
 * Which closed segments have to go: those closed longer ago than `maxAgeMs`, then the oldest until the rest has at most `maxBytes`.
 *
 * @param segments ascending by number
 */
export function chooseExpired(
  segments: readonly ClosedSegment[],
  limits: { readonly maxAgeMs: number; readonly maxBytes: number },
  nowMs: number,
): ClosedSegment[] {
  let total = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  return segments.filter((segment) => {
    const isExpired = nowMs - segment.closedAtMs > limits.maxAgeMs || total > limits.maxBytes;
    if (isExpired) total -= segment.sizeBytes;
    return isExpired;
  });
}

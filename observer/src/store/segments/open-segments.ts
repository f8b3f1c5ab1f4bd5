import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type ClosedSegment, databaseName, listSegments } from "./closed-segment.ts";
import { OpenSegment, toCatalog } from "./open-segment.ts";
import type { SealedSegment } from "./sealed-segment.ts";

/** Finds what a former process left: the segment to go on with, those it had not closed, and the closed. Begins one where there is none. */
export async function openSegments(
  writer: DuckDBConnection,
  directory: string,
  hour: string,
): Promise<{ open: OpenSegment; sealed: SealedSegment[]; closed: ClosedSegment[] }> {
  const { closed, databases } = listSegments(directory);
  const closedNumbers = new Set(closed.map((segment) => segment.number));
  const resumed: OpenSegment[] = [];
  for (const number of databases) {
    // The Parquet files were complete; only the database they came from had not been removed.
    if (closedNumbers.has(number)) {
      removeDatabase(directory, number);
      continue;
    }
    await attach(writer, directory, number);
    const segment = await OpenSegment.resume(writer, number);
    if (segment !== undefined) resumed.push(segment);
    else {
      await writer.run(`detach ${toCatalog(number)}`);
      removeDatabase(directory, number);
    }
  }
  const open = resumed.pop();
  const sealed = resumed.map((segment) => {
    segment[Symbol.dispose]();
    return { identity: segment.identity, catalog: segment.catalog, lastNumber: segment.lastNumber };
  });
  if (open !== undefined) return { open, sealed, closed };
  const last = closed.at(-1);
  const number = (last?.number ?? 0) + 1;
  await attach(writer, directory, number);
  return { open: await OpenSegment.create(writer, { number, hour }, last?.lastNumber ?? 0), sealed, closed };
}

/** A checkpoint compresses the last rows again, up to so many: more cost more CPU and memory than they save space. */
const rowsPerGroup = 20_480;

export async function attach(connection: DuckDBConnection, directory: string, number: number): Promise<void> {
  const path = join(directory, databaseName(number)).replaceAll("'", "''");
  await connection.run(`attach '${path}' as ${toCatalog(number)} (row_group_size ${rowsPerGroup})`);
}

export function removeDatabase(directory: string, number: number): void {
  const path = join(directory, databaseName(number));
  rmSync(path, { force: true });
  rmSync(`${path}.wal`, { force: true });
}

/** Bytes on disk of a database that is still open. */
export function databaseBytes(directory: string, number: number): number {
  const path = join(directory, "segments", databaseName(number));
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size(path) + size(`${path}.wal`);
}

import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { makeFolder } from "@kontor/kit/make-folder";
import { exportRollupsSql } from "../segments/segment-schema.ts";

/** The rollups of one closed segment: a Parquet file of its own, because it is kept years longer than the segment. */
export interface RollupFile {
  readonly path: string;
  readonly segmentNumber: number;
  /** Start of the hour in its name, ms since the epoch; its rows may reach a few minutes before it. */
  readonly hourMs: number;
}

export function listRollupFiles(directory: string): RollupFile[] {
  makeFolder(directory);
  return readdirSync(directory)
    .toSorted()
    .flatMap((name) => {
      const match = /^(\d{8})-(\d{4})(\d\d)(\d\d)T(\d\d)\.parquet$/.exec(name);
      if (match === null) return [];
      const [number, year, month, day, hour] = match.slice(1).map(Number) as [
        number,
        number,
        number,
        number,
        number,
      ];
      return [
        { path: join(directory, name), segmentNumber: number, hourMs: Date.UTC(year, month - 1, day, hour) },
      ];
    });
}

/** Writes the rollups of a sealed segment, if it has any. Doing it twice gives the same file. */
export async function writeRollupFile(
  connection: DuckDBConnection,
  directory: string,
  segment: { readonly catalog: string; readonly name: string },
): Promise<void> {
  const count = await connection.runAndReadAll(`select count(*) from ${segment.catalog}.rollups`);
  if (Number(count.getRowsJS()[0]?.[0]) === 0) return;
  makeFolder(directory);
  const path = join(directory, `${segment.name}.parquet`);
  await connection.run(exportRollupsSql(segment.catalog, `${path}.tmp`));
  renameSync(`${path}.tmp`, path);
}

export function removeOldRollupFiles(directory: string, beforeMs: number): void {
  for (const { path, hourMs } of listRollupFiles(directory)) {
    if (hourMs < beforeMs) rmSync(path, { force: true });
  }
}

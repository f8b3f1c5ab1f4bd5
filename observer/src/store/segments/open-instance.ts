import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { StoreError } from "../store-error.ts";

/**
 * Opens DuckDB on the lock file of a data folder, with its memory bounded. The system frees the lock when the process dies, however
 * it dies.
 *
 * @throws StoreError `store.folder_in_use` or `store.folder_broken`
 */
export async function openInstance(settings: {
  readonly dataDirectory: string;
  readonly memoryLimitMb: number;
}): Promise<DuckDBInstance> {
  const path = join(settings.dataDirectory, "lock.duckdb");
  try {
    return await DuckDBInstance.create(path, {
      threads: "1",
      memory_limit: `${settings.memoryLimitMb}MB`,
      temp_directory: join(settings.dataDirectory, "temporary"),
      // What was added since the last checkpoint lies in memory uncompressed. Checkpoints stall the appender, not the receiver.
      checkpoint_threshold: "16MB",
      // Rows keep the order of their arrival only if the large side of a join is the one that is read through.
      disabled_optimizers: "join_order,build_side_probe_side",
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    if (!/could not set lock|conflicting lock/i.test(text)) throw toBrokenError(path, cause);
    const message = `Another process uses the data folder ${settings.dataDirectory}. Stop it, or give this one a folder of its own.`;
    throw new StoreError("store.folder_in_use", message, { cause });
  }
}

export function toBrokenError(path: string, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${path} cannot be read: ${reason}. Restore it from a backup, or move the folder away to begin with an empty one.`;
  return new StoreError("store.folder_broken", message, { cause });
}

import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@kontor/kit/make-folder";
import { z } from "zod";
import { StoreError } from "./store-error.ts";

/** The version of the folder's layout. A newer observer reads older ones; an older one refuses newer ones. */
export const folderVersion = 1;

const formatSchema = z.object({
  format: z.literal("kontor-observer-data"),
  version: z.number().int().min(1),
});

export interface DataFolder {
  readonly directory: string;
  /** Secret of this installation, for keyed hashes. Kept in the folder, readable by its owner only. */
  readonly hashKey: Uint8Array;
}

/**
 * Checks a data folder and makes it where it is missing or empty.
 *
 * @throws StoreError `store.folder_not_writable`, `store.folder_foreign`, `store.folder_newer` or `store.folder_broken`
 */
export function openDataFolder(directory: string): DataFolder {
  const names = listFolder(directory);
  const formatPath = join(directory, "format.json");
  if (names.includes("format.json")) checkFormat(formatPath);
  else if (names.length > 0) {
    const message = `${directory} holds other things (${names.slice(0, 3).join(", ")}) and no data of the observer. Set OBSERVER_DATA to an empty folder, or to one of the observer's.`;
    throw new StoreError("store.folder_foreign", message);
  } else {
    writeWhole(formatPath, `${JSON.stringify({ format: "kontor-observer-data", version: folderVersion })}\n`);
  }
  const keyPath = join(directory, "hash.key");
  if (!listFolder(directory).includes("hash.key")) writeWhole(keyPath, randomBytes(32));
  const hashKey = readFileSync(keyPath);
  if (hashKey.length !== 32) {
    const message = `${keyPath} has ${hashKey.length} bytes instead of 32. Restore it, or delete it to get a new one; old and new hashes will then differ.`;
    throw new StoreError("store.folder_broken", message);
  }
  return { directory, hashKey };
}

function listFolder(directory: string): string[] {
  try {
    makeFolder(directory);
    return readdirSync(directory);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The data folder ${directory} cannot be used: ${reason}. Set OBSERVER_DATA to a folder that this user may write to.`;
    throw new StoreError("store.folder_not_writable", message, { cause });
  }
}

function checkFormat(path: string): void {
  let format: z.infer<typeof formatSchema>;
  try {
    format = formatSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const message = `${path} does not say what the folder is. Restore the file, or move the folder away to begin with an empty one.`;
    throw new StoreError("store.folder_broken", message, { cause });
  }
  if (format.version > folderVersion) {
    const message = `The data folder of ${path} has format ${format.version}; this observer knows formats up to ${folderVersion}. Run the newer observer, or set OBSERVER_DATA to another folder.`;
    throw new StoreError("store.folder_newer", message);
  }
}

/** A file is there whole or not at all. */
function writeWhole(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(`${path}.tmp`, content, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot write ${path}: ${reason}. Set OBSERVER_DATA to a folder that this user may write to.`;
    throw new StoreError("store.folder_not_writable", message, { cause });
  }
}

/** What can be wrong with a data folder or its disk. Listed in docs/errors.md. */
export type StoreErrorCode =
  | "store.folder_not_writable"
  | "store.folder_foreign"
  | "store.folder_newer"
  | "store.folder_broken"
  | "store.folder_in_use"
  | "store.disk_full"
  | "store.write_failed"
  | "store.closed"
  | "store.worker_failed";

/** An expected failure of the store. The message says what, where and how to mend it; it may be shown. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}

/** Translates a failed write into what an operator can act on. */
export function toWriteError(cause: unknown, path: string): StoreError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") {
    const message = `No space is left for ${path}. Free some, or lower the store's retention; senders are told to try again meanwhile.`;
    return new StoreError("store.disk_full", message, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    "store.write_failed",
    `Cannot write to ${path}: ${reason}. Check the disk and the folder's permissions.`,
    { cause },
  );
}

import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

export type RotatingLogOptions = {
  /** A file that would grow beyond this is put aside first; default 10 MiB. */
  maxBytes?: number;
  /** Files put aside, `<path>.1` being the newest; default 3. */
  keep?: number;
};

/** A log file of bounded size. Disposing closes it; what was written is in the file by then. */
export type RotatingLog = Disposable & { write(chunk: Uint8Array): void };

/** Appends to `path`. A full disk loses log lines, never the process that writes them. */
export function openRotatingLog(path: string, options: RotatingLogOptions = {}): RotatingLog {
  const { maxBytes = 10 * 1024 * 1024, keep = 3 } = options;
  let file = openSync(path, "a");
  let size = fstatSync(file).size;
  let open = true;
  const rotate = (): void => {
    closeSync(file);
    rmSync(`${path}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 1; number -= 1) {
      if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
    }
    if (keep > 0) renameSync(path, `${path}.1`);
    file = openSync(path, "w");
    size = 0;
  };
  return {
    write(chunk) {
      if (!open) return;
      try {
        if (size > 0 && size + chunk.byteLength > maxBytes) rotate();
        size += writeSync(file, chunk);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    },
    [Symbol.dispose]() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

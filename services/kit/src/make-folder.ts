import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing, one level at a time. For every path that people name: the recursive
 * `mkdir` of Node never returns where a folder that is there answers ENOENT, as `/proc` does, and no signal ends it.
 *
 * @param path absolute, or from the working folder on
 * @param mode of every folder that is made, less the umask
 * @returns whether it was made now
 * @throws what the file system answers, with the path of the folder that could not be made
 */
export function makeFolder(path: string, mode?: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if (isFolder(path)) return false;
    const parent = dirname(path);
    const lacksParent = (error as NodeJS.ErrnoException).code === "ENOENT" && !existsSync(parent);
    if (!lacksParent || parent === path) throw error;
    makeFolder(parent, mode);
  }
  mkdirSync(path, { mode });
  return true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

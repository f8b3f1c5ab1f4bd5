import { type ServerName, serverNames } from "@kontor/kit/testing/servers/server-versions";
import { readFile } from "./repository-files.ts";
import { readImports } from "./rooms.ts";

/**
 * The servers of others that a test looks for, itself or through files of ours that it imports.
 *
 * @param path of the test, from the root of the repository
 * @param read the text of a file; undefined where there is none
 */
export function findNeededServers(
  path: string,
  read: (path: string) => string | undefined = readIfThere,
): ServerName[] {
  const needed = new Set<string>();
  const seen = new Set<string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const text = read(next);
    if (text === undefined) continue;
    waiting.push(...readImports({ path: next, text }));
    for (const [, name = ""] of text.matchAll(/\bfind(?:Server|Companion)\(\s*"(\w+)"/g)) needed.add(name);
  }
  return serverNames.filter((name) => needed.has(name));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFile(path);
  } catch {
    return undefined;
  }
}

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { GeneratedFile } from "./generated-file.ts";

export type Comparison = {
  /** Paths that are missing or differ by a byte. */
  stale: string[];
  /** Paths in the folder of made files that nothing makes any more. */
  leftovers: string[];
};

/**
 * How what lies on disk differs from what is made.
 *
 * @param root of the repository
 * @param ownFolder holds nothing but what is made
 */
export async function compareFiles(
  root: string,
  made: readonly GeneratedFile[],
  ownFolder: string,
): Promise<Comparison> {
  const stale: string[] = [];
  for (const { path, text } of made) {
    const found = await readFile(join(root, path), "utf8").catch(() => undefined);
    if (found !== text) stale.push(path);
  }
  const entries = await readdir(join(root, ownFolder), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  return { stale, leftovers: paths.filter((path) => !made.some((one) => one.path === path)) };
}

/** Makes what lies on disk what it should be. */
export async function mendFiles(
  root: string,
  made: readonly GeneratedFile[],
  { stale, leftovers }: Comparison,
): Promise<void> {
  for (const { path, text } of made.filter((one) => stale.includes(one.path))) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const path of leftovers) await rm(join(root, path));
}

/** What differs, with the command that mends it; undefined where nothing does. */
export function describeDifferences({ stale, leftovers }: Comparison, ownFolder: string): string | undefined {
  const changed = [...stale, ...leftovers.map((path) => `${path} (made by nothing)`)];
  if (changed.length === 0) return undefined;
  const command = changed.every((path) => path.startsWith(`${ownFolder}/`)) ? "dashboards" : "generate";
  return `Not current: ${changed.join(", ")}. Run \`npm run ${command}\` and commit the result.`;
}

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repository } from "../starter/install.mjs";

const skipped = new Set(["node_modules", "coverage", "third_party"]);
/** Other names that begin with a dot are somebody's own and no part of the repository. */
const dotted = new Set([".ci", ".github", ".npmrc", ".editorconfig", ".gitignore", ".dockerignore"]);

export type SourceFile = {
  /** From the root of the repository, with `/`. */
  path: string;
  text: string;
};

/**
 * Files of the repository whose path matches, with their text; dependencies, data folders and others' schemas aside.
 *
 * @throws when nothing matches: a check that looks at nothing would always pass
 */
export function readFiles(pattern: RegExp): SourceFile[] {
  const files = listFiles().filter((path) => pattern.test(path));
  if (files.length === 0) throw new Error(`no file matches ${pattern}`);
  return files.map((path) => ({ path, text: readFileSync(join(repository, path), "utf8") }));
}

export function readFile(path: string): string {
  return readFileSync(join(repository, path), "utf8");
}

/** Paths of all files, sorted. */
export function listFiles(folder = repository): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (skipped.has(entry.name) || (entry.name.startsWith(".") && !dotted.has(entry.name))) return [];
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [relative(repository, path)] : [];
  });
  return paths.sort();
}

/** A place in a file, for the message of a check. */
export function placeOf(file: SourceFile, index: number): string {
  return `${file.path}:${file.text.slice(0, index).split("\n").length}`;
}

/** The text with comments blanked out, every other character where it was. Strings that hold `//` are kept. */
export function withoutComments(text: string): string {
  const token =
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g;
  return text.replace(token, (found) =>
    found.startsWith("/*") || found.startsWith("//") ? found.replace(/[^\n]/g, " ") : found,
  );
}

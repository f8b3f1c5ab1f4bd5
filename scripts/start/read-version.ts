import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Version of the package, with the commit where there is one: a new commit is a new deployment to the observer. */
export async function readVersion(repository: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(repository, "package.json"), "utf8")) as {
    version: string;
  };
  try {
    const { stdout } = await promisify(execFile)("git", ["rev-parse", "--short", "HEAD"], {
      cwd: repository,
    });
    return `${version}+${stdout.trim()}`;
  } catch {
    return version;
  }
}

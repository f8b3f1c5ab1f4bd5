import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder for one system, gone at the end of the scope.
 *
 * @param purpose a word of its name, so that one which is left behind says where it is from
 * @param onKeep given where the folder is to stay; told its path at the end
 */
export async function openTemporaryFolder(
  purpose: string,
  onKeep?: (path: string) => void,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), `kontor-${purpose}-`));
  // mkdtemp closes it to others, and as root the database runs under another account.
  await chmod(path, 0o755);
  return {
    path,
    [Symbol.asyncDispose]: async () =>
      onKeep === undefined ? rm(path, { recursive: true, force: true }) : onKeep(path),
  };
}

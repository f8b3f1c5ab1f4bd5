import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { z } from "zod";

/** Made at the first start of a data folder and kept with it; readable by its owner only. */
const secrets = z.object({
  postgres: z.string().min(16),
  coreErp: z.string().min(16),
  auth: z.string().min(16),
  notification: z.string().min(16),
  observer: z.string().min(16),
  bus: z.string().min(16),
  webhook: z.string().min(16),
  /** Seals the keys that sign tokens. */
  signingKeys: z.string().min(16),
  /** Makes hashes of statement parameters comparable among services. */
  parameterHash: z.string().min(16),
  /** Full mode's InfluxDB, all access. */
  influxdb: z.string().min(16),
});

export type Secrets = z.infer<typeof secrets>;

/**
 * The secrets of a data folder; those it does not have yet are made and kept.
 *
 * @throws AppError `start.data_folder` when the file exists and is not usable: making it anew would lock us out of the
 *   database it belongs to
 */
export async function readOrMakeSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, "secrets.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw unusable(path, error.message, error);
  });
  let known: Record<string, unknown>;
  try {
    known = secrets.partial().parse(JSON.parse(text));
  } catch (error) {
    throw unusable(path, "it is not what a start of Kontor writes", error);
  }
  const made = Object.keys(secrets.shape).map((name) => [name, randomBytes(24).toString("hex")]);
  const all = secrets.parse({ ...Object.fromEntries(made), ...known });
  if (Object.keys(known).length < made.length) {
    // Written beside and moved: a start that is killed leaves a whole file or none.
    await writeFile(`${path}.new`, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
  return all;
}

function unusable(path: string, why: string, cause: unknown): AppError {
  const message = `${path} cannot be used: ${why}. Restore it, or move the data folder away to begin anew.`;
  return new AppError("conflict", "start.data_folder", message, { cause });
}

import { readFile, writeFile } from "node:fs/promises";

/** What `docker compose` reads from `.env`. Everything else has a default in docker-compose.yml. */
const wanted: Readonly<Record<string, string>> = {
  KONTOR_SECRETS: "./.secrets",
  COMPOSE_PROFILES: "core,telemetry",
};

/**
 * Adds to an `.env` file what `docker compose` needs; lines of others are kept, and so are values that somebody chose.
 *
 * @returns names of the variables that were added
 */
export async function addComposeEnvironment(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const missing = Object.keys(wanted).filter((name) => !new RegExp(`^\\s*${name}\\s*=`, "m").test(text));
  if (missing.length === 0) return [];
  const begun = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  await writeFile(path, begun + missing.map((name) => `${name}=${wanted[name]}\n`).join(""));
  return missing;
}

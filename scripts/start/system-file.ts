import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readPorts } from "./ports.ts";
import { type SystemUrls, toUrls } from "./urls.ts";

const systemFile = z.object({ urls: z.record(z.string(), z.string()) });

/** Leaves the addresses of a running system in its data folder, for the commands that talk to it. */
export async function writeSystemFile(dataDir: string, urls: SystemUrls): Promise<void> {
  await writeFile(join(dataDir, "system.json"), `${JSON.stringify({ urls }, null, 2)}\n`);
}

/** Addresses of the system that was last started on the folder; the usual ones when none was. */
export async function readSystemUrls(
  dataDir: string,
  environment: Record<string, string | undefined>,
): Promise<SystemUrls> {
  try {
    const { urls } = systemFile.parse(JSON.parse(await readFile(join(dataDir, "system.json"), "utf8")));
    return urls as SystemUrls;
  } catch {
    return toUrls(readPorts(environment, 0));
  }
}

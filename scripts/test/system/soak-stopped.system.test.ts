import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startProcess } from "@kontor/kit/testing/start-process";
import { describe, expect, it } from "vitest";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { readProcessStart } from "../../starter/process-identity.mjs";

const upWithinMs = 120_000;

describe("a soak that is stopped by a signal", { timeout: 2 * upWithinMs }, () => {
  // Red when: runSoak does not listen for the wish to stop.
  it("leaves no process and no file, and has held nothing", async () => {
    await using temporary = await openTemporaryFolder("system");
    const { PATH = "", HOME = "" } = process.env;
    await using soak = startProcess(new URL("../../soak.ts", import.meta.url), {
      args: ["steady", "--minutes", "5"],
      env: { PATH, HOME, TMPDIR: temporary.path },
    });
    await soak.waitFor(/Load is on/, upWithinMs);
    const pids = await readDatabasePids(temporary.path);
    expect(pids.filter((pid) => readProcessStart(pid) !== undefined)).toHaveLength(1);
    soak.child.kill("SIGTERM");
    expect(await soak.ended, soak.output()).toBe(3);
    expect(pids.filter((pid) => readProcessStart(pid) !== undefined)).toEqual([]);
    // A library keeps a cache of its own in that folder.
    expect((await readdir(temporary.path)).filter((name) => name.startsWith("kontor-"))).toEqual([]);
  });
});

async function readDatabasePids(folder: string): Promise<number[]> {
  const files = await readdir(folder, { recursive: true });
  const pidFiles = files.filter((path) => path.endsWith("postmaster.pid"));
  return Promise.all(
    pidFiles.map(async (path) => Number((await readFile(join(folder, path), "utf8")).split("\n")[0])),
  );
}

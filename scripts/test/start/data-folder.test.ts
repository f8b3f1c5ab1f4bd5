import { spawn } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDataFolder } from "../../start/data-folder.ts";
import { stopOrphans, writeRunFile } from "../../start/run-files.ts";
import { readOrMakeSecrets } from "../../start/secrets.ts";
import { readProcessStart } from "../../starter/process-identity.mjs";
import { makeTemporaryFolder } from "../temporary-folder.ts";

const silent = () => {};

function startSleeper(): { pid: number; ended: Promise<unknown> } {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  return { pid: child.pid ?? 0, ended: new Promise((resolve) => child.once("exit", resolve)) };
}

describe("a data folder", () => {
  it("is made at its first start and known at the second", async () => {
    const path = join(makeTemporaryFolder(), "deep", "data");
    const isNew: boolean[] = [];
    for (let start = 0; start < 2; start += 1) {
      await using folder = await openDataFolder(path, silent);
      isNew.push(folder.isNew);
    }
    expect(isNew).toEqual([true, false]);
  });

  // Red when: it is made by a recursive mkdir, which never returns here.
  it.runIf(existsSync("/proc/self"))("is refused where no file system can hold it", async () => {
    await expect(openDataFolder("/proc/kontor/data", silent)).rejects.toMatchObject({
      ...{ code: "start.data_folder", message: expect.stringContaining("/proc/kontor/data cannot be used") },
    });
  });

  it("refuses a second start while one runs, naming its process", async () => {
    await using folder = await openDataFolder(makeTemporaryFolder(), silent);
    const second = openDataFolder(folder.path, silent);
    await expect(second).rejects.toMatchObject({
      code: "start.already_running",
      details: { pid: process.pid },
    });
  });

  it("is waited for while an earlier start is stopping", async () => {
    const first = await openDataFolder(makeTemporaryFolder(), silent);
    await first.markStopping();
    const told: string[] = [];
    const second = openDataFolder(first.path, (line) => {
      told.push(line);
      void first[Symbol.asyncDispose]();
    });
    await using folder = await second;
    expect(folder.path).toBe(first.path);
    expect(told).toEqual(["Waiting for an earlier start to finish stopping."]);
  });

  it("of another format, or that is a file, is refused with what to do", async () => {
    const old = makeTemporaryFolder();
    writeFileSync(join(old, "format"), "99\n");
    await expect(openDataFolder(old, silent)).rejects.toMatchObject({ code: "start.data_folder" });
    const file = join(makeTemporaryFolder(), "file");
    writeFileSync(file, "");
    await expect(openDataFolder(file, silent)).rejects.toThrow(/--data/);
  });

  it("keeps its secrets, for its owner only, and refuses broken ones", async () => {
    const path = makeTemporaryFolder();
    const made = await readOrMakeSecrets(path);
    expect(await readOrMakeSecrets(path)).toEqual(made);
    expect(statSync(join(path, "secrets.json")).mode & 0o777).toBe(0o600);
    writeFileSync(join(path, "secrets.json"), "{");
    await expect(readOrMakeSecrets(path)).rejects.toMatchObject({ code: "start.data_folder" });
  });
});

describe("orphans of a killed starter", () => {
  it("are stopped and their notes removed", async () => {
    const path = makeTemporaryFolder();
    const sleeper = startSleeper();
    writeRunFile(path, "auth", sleeper.pid);
    expect(await stopOrphans(path)).toEqual(["auth"]);
    await sleeper.ended;
    expect(existsSync(join(path, "auth.json"))).toBe(false);
  });

  // Red when: stopOrphan looks at the pid alone.
  it("are told from a foreign process that was given the pid since", async () => {
    const path = makeTemporaryFolder();
    const stranger = startSleeper();
    writeFileSync(
      join(path, "auth.json"),
      JSON.stringify({ pid: stranger.pid, startedAt: "some other time" }),
    );
    expect(await stopOrphans(path)).toEqual([]);
    expect(readProcessStart(stranger.pid)).toBeDefined();
    process.kill(stranger.pid, "SIGKILL");
    await stranger.ended;
  });

  it("whose note was cut off are passed over", async () => {
    const path = makeTemporaryFolder();
    writeFileSync(join(path, "auth.json"), '{"pid": 12');
    expect(await stopOrphans(path)).toEqual([]);
  });
});

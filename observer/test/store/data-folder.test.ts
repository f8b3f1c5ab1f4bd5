import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { killAfterLines } from "./kill-after-lines.ts";
import { appendAll, collect, openTestStore } from "./open-test-store.ts";
import { hex, openTemporaryFolder, spanBatch } from "./records.ts";

describe("a data folder", () => {
  it("is made where it is missing, and says what it is", async () => {
    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "a", "b");
    await using store = await openTestStore(path);
    expect(JSON.parse(await readFile(join(path, "format.json"), "utf8"))).toEqual({
      format: "kontor-observer-data",
      version: 1,
    });
    expect(store.hashKey).toHaveLength(32);
  });

  // Red when: it is made by a recursive mkdir, which never returns here.
  it.runIf(existsSync("/proc/self"))("is refused where no file system can hold it", async () => {
    await expect(openTestStore("/proc/kontor/data")).rejects.toMatchObject({
      ...{ code: "store.folder_not_writable", message: expect.stringContaining("/proc/kontor/data") },
    });
  });

  it.each([
    ["holds other things", { "notes.txt": "hello" }, "store.folder_foreign"],
    [
      "is of a newer observer",
      { "format.json": '{"format":"kontor-observer-data","version":99}' },
      "store.folder_newer",
    ],
    ["does not say what it is", { "format.json": "{" }, "store.folder_broken"],
    [
      "has a damaged key",
      { "format.json": '{"format":"kontor-observer-data","version":1}', "hash.key": "short" },
      "store.folder_broken",
    ],
    [
      "has a damaged database",
      {
        "format.json": '{"format":"kontor-observer-data","version":1}',
        "lock.duckdb": "nonsense".repeat(1000),
      },
      "store.folder_broken",
    ],
  ])("is refused that %s, with what to do", async (_, files, code) => {
    await using folder = await openTemporaryFolder();
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content);
    await expect(openTestStore(folder.path)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(folder.path),
    });
  });

  it("is refused that cannot be made", async () => {
    await using folder = await openTemporaryFolder();
    await writeFile(join(folder.path, "file"), "");
    await expect(openTestStore(join(folder.path, "file", "data"))).rejects.toMatchObject({
      code: "store.folder_not_writable",
    });
  });

  // Red when: two processes write to one folder, each destroying what the other stores.
  it("is refused while another process uses it, and free as soon as that is dead", async () => {
    await using folder = await openTemporaryFolder();
    const script = fileURLToPath(new URL("./store-writer.ts", import.meta.url));
    await killAfterLines(script, [folder.path, "0"], 1, async () => {
      await expect(openTestStore(folder.path)).rejects.toMatchObject({ code: "store.folder_in_use" });
    });
    await using store = await openTestStore(folder.path);
    await store.caughtUp();
  });

  it("loses its oldest segments whole when they are too many", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openTestStore(folder.path, { retention: { maxBytes: 20_000 } });
    for (let at = 1; at <= 8; at++) {
      await appendAll(store, [spanBatch(500, at)]);
      await store.closeSegment();
    }
    await store.housekeep();
    const stats = await store.stats();
    expect(stats.removedSegments).toBeGreaterThan(0);
    expect(stats.closedBytes).toBeLessThanOrEqual(20_000);
    const names = await readdir(join(folder.path, "segments"));
    expect(names.filter((name) => !name.includes("duckdb"))).toHaveLength(stats.closedSegments);
    expect((await collect(store, "spans")).at(-1)?.receivedAtMs).toBe(8);
  });

  it("is cleaned of half written segments of a process that was killed", async () => {
    await using folder = await openTemporaryFolder();
    {
      await using store = await openTestStore(folder.path);
      await appendAll(store, [spanBatch(3)]);
    }
    await mkdir(join(folder.path, "segments", "00000001-20261124T01.tmp"));
    await using store = await openTestStore(folder.path);
    expect(await store.traceStore.getTrace(hex(1, 32))).toHaveLength(3);
    expect(await readdir(join(folder.path, "segments"))).not.toContain("00000001-20261124T01.tmp");
  });
});

import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../src/make-folder.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kontor-make-folder-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("makeFolder", () => {
  it("makes what is missing above it too, and says whether it was made", () => {
    const path = join(folder, "a", "b", "c");
    expect([makeFolder(path, 0o700), makeFolder(path)]).toEqual([true, false]);
    expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o700);
  });

  it("takes a link to a folder as one, and refuses a file, what lies under one and a link to nowhere", () => {
    writeFileSync(join(folder, "file"), "");
    makeFolder(join(folder, "real"));
    symlinkSync(join(folder, "real"), join(folder, "link"));
    symlinkSync(join(folder, "nowhere"), join(folder, "broken"));
    expect(makeFolder(join(folder, "link"))).toBe(false);
    expect(() => makeFolder(join(folder, "file"))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(folder, "file", "b"))).toThrow(/ENOTDIR/);
    expect(() => makeFolder(join(folder, "broken"))).toThrow(/EEXIST/);
  });

  // Red when: `existsSync` of the parent is not asked; a recursive mkdir would never return here.
  it.runIf(existsSync("/proc/self"))("gives up where a folder that is there holds nothing new", () => {
    for (const path of ["/proc/kontor", "/proc/kontor/a/b"])
      expect(() => makeFolder(path)).toThrow(/ENOENT.*'\/proc\/kontor'/);
  });
});

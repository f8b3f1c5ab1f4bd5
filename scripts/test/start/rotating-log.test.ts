import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openRotatingLog } from "../../start/rotating-log.ts";
import { makeTemporaryFolder } from "../temporary-folder.ts";

it("appends to what an earlier start wrote", () => {
  const path = join(makeTemporaryFolder(), "a.log");
  for (const line of ["one\n", "two\n"]) {
    using log = openRotatingLog(path);
    log.write(Buffer.from(line));
  }
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
});

it("puts a full file aside and keeps only so many", () => {
  const path = join(makeTemporaryFolder(), "a.log");
  using log = openRotatingLog(path, { maxBytes: 10, keep: 2 });
  for (const letter of ["a", "b", "c", "d"]) log.write(Buffer.from(letter.repeat(8)));
  expect(readdirSync(join(path, "..")).sort()).toEqual(["a.log", "a.log.1", "a.log.2"]);
  expect(readFileSync(path, "utf8")).toBe("dddddddd");
  expect(readFileSync(`${path}.1`, "utf8")).toBe("cccccccc");
  expect(readFileSync(`${path}.2`, "utf8")).toBe("bbbbbbbb");
});

it("takes a line longer than a whole file", () => {
  const path = join(makeTemporaryFolder(), "a.log");
  using log = openRotatingLog(path, { maxBytes: 4, keep: 1 });
  log.write(Buffer.from("longer than that"));
  expect(readFileSync(path, "utf8")).toBe("longer than that");
});

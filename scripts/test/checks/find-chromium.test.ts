import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findChromium } from "../../checks/find-chromium.ts";
import { makeTemporaryFolder } from "../temporary-folder.ts";

it("the one that was chosen goes before the usual places, and those before PATH", async () => {
  const folder = makeTemporaryFolder();
  const program = join(folder, "chromium");
  await writeFile(program, "#!/bin/sh\n");
  await chmod(program, 0o755);
  const elsewhere = { PATH: `/nowhere:${folder}` };
  expect(findChromium({ CHROMIUM_PATH: program }, ["/usual"])).toBe(program);
  expect(findChromium(elsewhere, ["/usual"])).toBe(program);
  expect(findChromium(elsewhere, [process.execPath])).toBe(process.execPath);
});

it("where there is none, or the one chosen cannot be run, it says where it looked and how to mend it", () => {
  expect(() => findChromium({ PATH: "/nowhere" }, ["/usual"])).toThrow(
    /\/usual.*on PATH.*Install.*CHROMIUM_PATH/,
  );
  expect(() => findChromium({ CHROMIUM_PATH: "/nowhere/chrome" }, [process.execPath])).toThrow(
    /CHROMIUM_PATH is \/nowhere\/chrome/,
  );
});

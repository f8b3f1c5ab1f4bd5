import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dashboardFolder, makeDashboards } from "../../dashboards.ts";
import { compareFiles, describeDifferences, mendFiles } from "../../generated/compare-files.ts";
import { repository } from "../../starter/install.mjs";
import { makeTemporaryFolder } from "../temporary-folder.ts";

const edited = `${dashboardFolder}/sre/overview.json`;

/** The committed dashboards in a folder of their own. */
async function copyDashboards(): Promise<string> {
  const root = makeTemporaryFolder();
  await cp(join(repository, dashboardFolder), join(root, dashboardFolder), { recursive: true });
  return root;
}

describe("the committed dashboards", () => {
  it("are what is made, byte for byte, each time anew", async () => {
    const made = await makeDashboards();
    expect(await compareFiles(repository, made, dashboardFolder)).toEqual({ stale: [], leftovers: [] });
    expect(await makeDashboards()).toEqual(made);
  });

  // Red when: `compareFiles` compares what the JSON says and not its bytes, or looks only for files that are missing.
  it.each([
    [
      "changed by hand",
      (path: string) => readFile(path, "utf8").then((text) => writeFile(path, `${text}\n`)),
      edited,
    ],
    ["removed", (path: string) => rm(path), edited],
    [
      "put there by hand",
      (path: string) => writeFile(`${path}.orig`, ""),
      `${edited}.orig (made by nothing)`,
    ],
  ])("that are %s are named with the command that mends it, and mended by it", async (_, change, named) => {
    const root = await copyDashboards();
    await change(join(root, edited));
    const made = await makeDashboards();
    const found = await compareFiles(root, made, dashboardFolder);
    expect(describeDifferences(found, dashboardFolder)).toBe(
      `Not current: ${named}. Run \`npm run dashboards\` and commit the result.`,
    );
    await mendFiles(root, made, found);
    expect(await compareFiles(root, made, dashboardFolder)).toEqual({ stale: [], leftovers: [] });
  });
});

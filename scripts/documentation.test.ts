import { describe, expect, it } from "vitest";
import { findNamedCommands, findNamedPaths, findNamedScripts, pathExists } from "./checks/documentation.ts";
import { listFiles, readFile, readFiles } from "./checks/repository-files.ts";
import { createKontorCommand } from "./cli/create-kontor-command.ts";

const pages = readFiles(/^(docs\/.*|[^/]+|services\/.*|observer\/.*|perf\/.*|scripts\/.*|\.github\/.*)\.md$/);
const allFiles = listFiles();
const scripts = new Set(Object.keys((JSON.parse(readFile("package.json")) as { scripts: object }).scripts));
const silentIo = { environment: {}, write: () => {}, writeError: () => {}, setExitCode: () => {} };
const commands = new Set(createKontorCommand(silentIo).commands.map((command) => command.name()));

/** Made by a start or by a tool; not in the repository. */
const madeLater = /^(secrets|baseline)\.json$/;

const show = ({ name, place }: { name: string; place: string }) => `${name} (${place})`;

describe("documentation", () => {
  it("names only paths that exist", () => {
    const missing = pages
      .flatMap(findNamedPaths)
      .filter(({ name }) => !pathExists(name, allFiles) && !madeLater.test(name));
    expect(missing.map(show)).toEqual([]);
  });

  it("names only npm scripts that exist", () => {
    expect(
      pages
        .flatMap(findNamedScripts)
        .filter(({ name }) => !scripts.has(name))
        .map(show),
    ).toEqual([]);
  });

  it("names only commands that exist", () => {
    expect(
      pages
        .flatMap(findNamedCommands)
        .filter(({ name }) => !commands.has(name))
        .map(show),
    ).toEqual([]);
  });

  it("is really read", () => {
    const page = {
      path: "docs/a.md",
      text: "`scripts/none.ts` and [b](b/c.md#d), `npm run x`, `npm test`,\n`npx kontor fly`",
    };
    expect(findNamedPaths(page).map(show)).toEqual([
      "scripts/none.ts (docs/a.md:1)",
      "docs/b/c.md (docs/a.md:1)",
    ]);
    expect(findNamedScripts(page).map(({ name }) => name)).toEqual(["x", "test"]);
    expect(findNamedCommands(page).map(show)).toEqual(["fly (docs/a.md:2)"]);
  });
});

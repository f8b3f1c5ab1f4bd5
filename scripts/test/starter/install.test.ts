import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { ensureInstalled, isInstalled } from "../../starter/install.mjs";
import { isRunning, readProcessStart } from "../../starter/process-identity.mjs";
import { makeTemporaryFolder } from "../temporary-folder.ts";

type Packages = Record<string, { version?: string; optional?: boolean; link?: boolean }>;

const wanted: Packages = {
  "": { version: "1.0.0" },
  "node_modules/a": { version: "1.0.0" },
  "node_modules/other-platform": { version: "1.0.0", optional: true },
  "node_modules/@kontor/kit": { link: true },
  "services/kit": { version: "1.0.0" },
};

function repository(present: Packages | undefined, hasNode = true): string {
  const root = makeTemporaryFolder();
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put("package-lock.json", JSON.stringify({ packages: wanted }));
  put("package.json", JSON.stringify({ dependencies: { node: "0.0.0-none" } }));
  if (hasNode) put("node_modules/.bin/node", "");
  if (present) put("node_modules/.package-lock.json", JSON.stringify({ packages: present }));
  return root;
}

describe("dependencies count as installed", () => {
  it("when every package is there in its version; those of other platforms may be missing", () => {
    expect(isInstalled(repository({ "node_modules/a": { version: "1.0.0" } }))).toBe(true);
  });

  it.each([
    ["nothing was installed", undefined, false],
    ["an installation was cut off", undefined, true],
    ["a package is missing", {}, true],
    ["a package has another version", { "node_modules/a": { version: "0.9.0" } }, true],
    ["Node 24 is missing", { "node_modules/a": { version: "1.0.0" } }, false],
  ])("not when %s", (_, present, hasNode) => {
    expect(isInstalled(repository(present, hasNode))).toBe(false);
  });
});

describe("two starts at once", () => {
  const running = { pid: process.pid, startedAt: readProcessStart(process.pid) ?? "" };

  it("install once: the second waits for the first", async () => {
    const root = repository({});
    mkdirSync(join(root, ".kontor"));
    writeFileSync(join(root, ".kontor/install.lock"), JSON.stringify(running));
    const told: string[] = [];
    await ensureInstalled(root, (line) => {
      told.push(line);
      writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages: wanted }));
      rmSync(join(root, ".kontor/install.lock"));
    });
    expect(told).toEqual([
      `Another start is installing the dependencies (process ${process.pid}); waiting for it.`,
    ]);
  });

  it("do not wait for one that was killed", async () => {
    const root = repository({ "node_modules/a": { version: "1.0.0" } });
    rmSync(join(root, "node_modules/.bin/node"));
    mkdirSync(join(root, ".kontor"));
    writeFileSync(join(root, ".kontor/install.lock"), JSON.stringify({ ...running, startedAt: "long ago" }));
    // There is no such Node to install: what matters is that it was tried.
    vi.stubEnv("npm_config_offline", "true");
    await expect(ensureInstalled(root, () => {})).rejects.toThrow("could not be installed");
    expect(readFileSync(join(root, ".kontor/install.log"), "utf8")).not.toBe("");
  });
});

it("a process is told from another with its pid by the time it was started", () => {
  const startedAt = readProcessStart(process.pid) ?? "";
  expect(isRunning({ pid: process.pid, startedAt })).toBe(true);
  expect(isRunning({ pid: process.pid, startedAt: `${startedAt}0` })).toBe(false);
  expect(isRunning({ pid: 2 ** 22 + 1, startedAt })).toBe(false);
});

import { describe, expect, it } from "vitest";
import { readFile } from "./checks/repository-files.ts";

type Locked = {
  version?: string;
  resolved?: string;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
};

const text = readFile("package-lock.json");
const packages = Object.entries((JSON.parse(text) as { packages: Record<string, Locked> }).packages);
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

describe("package-lock.json", () => {
  // Several copies of the SDK do not see each other: spans and metrics are lost without a word.
  it("holds one version of each OpenTelemetry package", () => {
    const versions = new Map<string, Set<string>>();
    for (const [path, { version = "" }] of packages) {
      const name = nameOf(path);
      if (!path.includes("node_modules/@opentelemetry/")) continue;
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
    expect(versions.size).toBeGreaterThan(10);
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
  });

  it("names no registry, so that it installs from any", () => {
    const addresses = packages.filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
    expect(addresses).toEqual([]);
    expect(text).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  // npm leaves out what it cannot find at the moment of locking; `npm ci` then refuses the lock on every machine.
  it("holds the packages of every platform", () => {
    const names = new Set(packages.map(([path]) => nameOf(path)));
    const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !names.has(name))
        .map((name) => `${name} of ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

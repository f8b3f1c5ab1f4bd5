import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openConfigurationFile } from "../../src/engine/configuration-file.ts";

const silent = { info: () => {}, error: () => {} };

describe("the configuration file", () => {
  let folder = "";
  let path = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kontor-configuration-"));
    path = join(folder, "observer_config.json");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("refuses to open with every mistake at once, each with its line", async () => {
    await writeFile(path, '{\n  "defaults": {\n    "latencyP59MsMax": 5,\n    "errorRatioMax": 7\n  }\n}\n');
    const open = () => openConfigurationFile(path, {}, silent);
    expect(open).toThrow(/:3:[\s\S]*latencyP95MsMax[\s\S]*:4:/);
  });

  it("says which variable to set when there is no such file", () => {
    expect(() => openConfigurationFile(join(folder, "none.json"), {}, silent)).toThrow(/OBSERVER_CONFIG/);
  });

  // Red when: a reading with problems is swapped in.
  it("keeps the running configuration while the changed one has mistakes, and says so until it is mended", async () => {
    await writeFile(path, '{ "defaults": { "latencyP95MsMax": 500 } }');
    using file = openConfigurationFile(path, {}, silent);
    const before = file.holder.current;
    await writeFile(path, '{ "defaults": { "latencyP95MsMax": -1 } }   ');
    await vi.waitFor(() => expect(file.holder.rejected).not.toEqual([]), { timeout: 10_000, interval: 50 });
    expect(file.holder.current).toBe(before);
    await writeFile(path, '{ "defaults": { "latencyP95MsMax": 400 } }');
    await vi.waitFor(() => expect(file.holder.rejected).toEqual([]), { timeout: 10_000, interval: 50 });
    expect(file.holder.current.hash).not.toBe(before.hash);
  });
});

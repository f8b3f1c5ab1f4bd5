import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBuildProcess } from "../../servers/build-process.ts";
import { makeTemporaryFolder } from "../temporary-folder.ts";

describe("a build that fails", () => {
  // Red when: the end of the log is shown as it is, names of packages that were done meanwhile among it.
  it("shows what failed, though other packages went on after it", async () => {
    const folder = makeTemporaryFolder();
    const build = openBuildProcess(join(folder, "server.log"), new AbortController().signal);
    const packages = Array.from({ length: 20 }, (_, index) => `echo example.org/server/part-${index};`);
    const script = `echo "example.org/flux: no compiler" >&2; ${packages.join(" ")} exit 7`;
    const failure = build.run({ program: "sh", args: ["-c", script], cwd: folder });
    await expect(failure).rejects.toMatchObject({
      code: "servers.build",
      message: expect.stringMatching(/ended with 7:.*example\.org\/flux: no compiler.*server\.log/s),
    });
    await expect(failure).rejects.not.toMatchObject({
      message: expect.stringContaining("\nexample.org/server/part-"),
    });
    expect(build.lines()).toBe(21);
  });
});

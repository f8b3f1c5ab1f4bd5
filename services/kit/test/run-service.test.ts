import { describe, expect, it } from "vitest";
import { startProcess } from "../src/testing/start-process.ts";

describe("runService", () => {
  // Red when: drain() calls closeAllConnections at once.
  it.each(["SIGTERM", "SIGINT"] as const)(
    "on %s finishes the request in flight, closes in reverse and ends with 0",
    async (signal) => {
      await using service = startProcess(new URL("fixtures/service.ts", import.meta.url));
      const [, url] = await service.waitFor(/listening (http:\S+?)"/);
      const answer = fetch(`${url}/slow`);
      await service.waitFor(/slow began/);
      service.child.kill(signal);
      const response = await answer;
      expect(await response.json()).toEqual({ done: true });
      expect(await service.ended).toBe(0);
      expect(service.output()).toMatch(/closing[\s\S]*database closed[\s\S]*"closed"/);
    },
  );

  it("a start that fails says why once, closes what was open and ends with 1", async () => {
    await using service = startProcess(new URL("fixtures/service.ts", import.meta.url), { args: ["fails"] });
    expect(await service.ended).toBe(1);
    const lines = service.output().trim().split("\n");
    expect(lines.filter((line) => line.includes('"fatal"'))).toHaveLength(1);
    expect(service.output()).toContain("could not start: FIXTURE_URL is missing. Set it.");
    expect(service.output()).toContain("fixture.broken");
    expect(service.output()).not.toContain("stack");
    expect(service.output()).toContain("database closed");
  });

  it("a start that fails by a bug shows its stack", async () => {
    await using service = startProcess(new URL("fixtures/service.ts", import.meta.url), { args: ["throws"] });
    expect(await service.ended).toBe(1);
    expect(service.output()).toMatch(/TypeError.*service\.ts/);
  });

  // Red when: the deadline of closeWithin is removed.
  it("what does not close within the deadline does not keep the process", async () => {
    await using service = startProcess(new URL("fixtures/service.ts", import.meta.url), { args: ["hangs"] });
    await service.waitFor(/listening/);
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe("SIGKILL");
    expect(service.output()).toContain("not closed within the deadline");
  });
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startHeartbeat } from "@kontor/observer/alerts/receivers/heartbeat";
import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../room.ts";

async function openListener(status: () => number) {
  const beats: string[] = [];
  const server = createServer((request, response) => {
    beats.push(request.method ?? "");
    request.resume();
    response.writeHead(status()).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    beats,
    url: `http://127.0.0.1:${port}/secret-token`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("heartbeat", () => {
  it.each(["GET", "POST"] as const)(
    "beats by %s while the observer ticks, and stops when it does not",
    async (method) => {
      await using listener = await openListener(() => 200);
      const { logger } = createRecordingLogger();
      let now = 100_000;
      const lastTickAtMs = 100_000;
      await using _heartbeat = startHeartbeat({
        url: listener.url,
        method,
        intervalMs: 5,
        lastTickAtMs: () => lastTickAtMs,
        nowMs: () => now,
        logger,
      });
      await expect.poll(() => listener.beats.length).toBeGreaterThan(2);
      expect(new Set(listener.beats)).toEqual(new Set([method]));
      now += 15_001;
      await expect
        .poll(async () => {
          const before = listener.beats.length;
          await new Promise((resolve) => setTimeout(resolve, 50));
          return listener.beats.length - before;
        })
        .toBe(0);
    },
  );

  it("says once that nobody listens, without the address's secret, and once that somebody does again", async () => {
    let status = 500;
    await using listener = await openListener(() => status);
    const { logger, lines } = createRecordingLogger();
    await using _heartbeat = startHeartbeat({
      url: listener.url,
      intervalMs: 5,
      lastTickAtMs: () => 0,
      nowMs: () => 0,
      logger,
    });
    await expect.poll(() => listener.beats.length).toBeGreaterThan(3);
    status = 200;
    await expect.poll(() => lines.map(({ level }) => level)).toEqual(["warn", "info"]);
    expect(JSON.stringify(lines)).not.toContain("secret-token");
  });
});

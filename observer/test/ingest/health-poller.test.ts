import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startHealthPoller } from "../../src/ingest/health-poller.ts";
import { toResourceRecord } from "../../src/ingest/sender-registry.ts";
import type { PointRecord } from "../../src/store/point-record.ts";

const shop = toResourceRecord({ "service.name": "shop" });

describe("health polls", () => {
  let answer: { status: number; body: string } = { status: 200, body: "{}" };
  const server = createServer((_request, response) => {
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
  let url = "";
  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  async function firstValue(options: { target?: string; isKnown?: boolean; startupSeconds?: number } = {}) {
    const points: PointRecord[] = [];
    const poller = startHealthPoller({
      targets: () => [{ service: "shop", healthUrl: options.target ?? url }],
      settings: () => ({
        intervalSeconds: 0.02,
        timeoutSeconds: 1,
        startupSeconds: options.startupSeconds ?? 0,
      }),
      resourceOf: () => (options.isKnown === false ? undefined : shop),
      fallbackResourceOf: () => shop,
      accept: async (taken) => void points.push(...taken),
      onError: () => {},
      nowMs: Date.now,
    });
    await vi
      .waitFor(() => expect(points.length).toBeGreaterThan(0))
      .finally(() => poller[Symbol.asyncDispose]());
    return points[0]?.value;
  }

  it.each([
    [{ status: 200, body: '{"status":"pass"}' }, 1],
    [{ status: 200, body: '{"status":"warn"}' }, 1],
    [{ status: 200, body: '{"status":"fail"}' }, 0],
    [{ status: 204, body: "" }, 1],
    [{ status: 200, body: "up and running" }, 1],
    [{ status: 503, body: '{"status":"fail"}' }, 0],
    [{ status: 404, body: "" }, 0],
  ])("reads %o as %d", async (given, value) => {
    answer = given;
    expect(await firstValue()).toEqual({ kind: "number", value });
  });

  it("takes a service that does not answer for one that is down", async () => {
    expect(await firstValue({ target: "http://127.0.0.1:1/health" })).toEqual({ kind: "number", value: 0 });
  });

  // Red when: `isStarting` is not asked.
  it("says nothing of a service that has sent nothing yet while the observer starts", async () => {
    answer = { status: 200, body: "{}" };
    await expect(firstValue({ isKnown: false, startupSeconds: 60 })).rejects.toThrow();
  });
});

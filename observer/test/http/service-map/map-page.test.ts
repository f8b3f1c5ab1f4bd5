import { AppError } from "@kontor/kit/errors";
import { describe, expect, it } from "vitest";
import { startPages } from "../pages/page-fixture.ts";

describe("the service map over HTTP", () => {
  it("is answered as data, the worst call first", async () => {
    await using pages = await startPages();
    const { status, body } = await pages.request<{
      edges: { reasons: string[]; state: string }[];
      isCut: boolean;
    }>("get", "/api/v1/service-map?from=now-1h");
    expect(status).toBe(200);
    expect(body.edges[0]).toMatchObject({
      state: "bad",
      reasons: ["errors"],
      errorRatio: 0.1,
      requestsPerSecond: 0.25,
    });
    expect(body.isCut).toBe(false);
    const cut = await pages.request<{ nodes: unknown[]; nodeCount: number; isCut: boolean }>(
      "get",
      "/api/v1/service-map?limit=2",
    );
    expect(cut.body).toMatchObject({ isCut: true });
    expect(cut.body.nodes).toHaveLength(2);
  });

  it("refuses a range that is empty or too long", async () => {
    await using pages = await startPages();
    for (const range of ["from=now&to=now-1h", "from=now-8d"]) {
      const { status, body } = await pages.request<{ code: string }>("get", `/api/v1/service-map?${range}`);
      expect([status, body.code], range).toEqual([400, "service_map.range"]);
    }
  });

  it("is a page that says what is wrong, what is idle, and keeps the range in its links", async () => {
    await using pages = await startPages();
    const { body } = await pages.request<string>("get", "/service-map?from=now-6h");
    expect(body).toContain("1 call above a limit");
    expect(body).toContain("Without calls in this time: idle.");
    expect(body).toContain('href="/traces?service=core-erp&amp;from=now-6h&amp;errorsOnly=true"');
    expect(body).toContain('href="/services/core-erp"');
  });

  it("says that calls are still being counted, that there are none, and that the store is away", async () => {
    // Red when: showServiceMap waits for the numbers however long they take
    await using slow = await startPages({ readServiceMap: () => new Promise(() => undefined), mapWaitMs: 1 });
    expect((await slow.request<string>("get", "/service-map")).body).toContain("Calls are being counted");
    const map = { nodes: [], edges: [], nodeCount: 0, edgeCount: 0, isCut: false, tracesPerSample: 1 };
    await using empty = await startPages({ readServiceMap: async (range) => ({ ...range, map }) });
    expect((await empty.request<string>("get", "/service-map")).body).toContain("No calls in this time");
    const away = new AppError("unavailable", "service_map.store_away", "Calls cannot be read now.");
    await using failing = await startPages({ readServiceMap: () => Promise.reject(away) });
    const answer = await failing.request<string>("get", "/service-map");
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("Calls cannot be read now.");
  });
});

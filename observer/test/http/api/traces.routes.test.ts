import { AppError } from "@kontor/kit/errors";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { traceRoutes } from "@kontor/observer/http/api/traces.routes";
import type { TraceSearch } from "@kontor/observer/store/trace-store";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const nowMs = Date.parse("2026-11-24T12:00:00Z");
const hourMs = 3_600_000;
const searches: TraceSearch[] = [];
let api: Awaited<ReturnType<typeof startApp>>;

beforeAll(async () => {
  const queries = {
    searchTraces: async (search: TraceSearch) => {
      searches.push(search);
      return [];
    },
    getTrace: async () => [],
    getTraceLogs: async () => [],
    explain: () => ({ detections: [], silences: [] }),
  };
  const notFound = (what: string) => new AppError("notFound", "observer.not_found", `no ${what}`);
  const routes = traceRoutes(queries, () => nowMs, notFound);
  const logger = createLogger({ service: "observer", level: "silent" });
  api = await startApp(createApp({ service: "observer", version: "1", logger, health: [], routes }));
});
beforeEach(() => void searches.splice(0));
afterAll(() => api[Symbol.asyncDispose]());

const ask = (query: Record<string, string>) =>
  api.request("get", `/api/v1/traces?${new URLSearchParams(query)}`);

describe("the range of a search for traces", () => {
  // Red when: the beginning is an hour before `to` even where `to` is still to come: the search would find nothing.
  it.each([
    ["neither", {}, [nowMs - hourMs, nowMs]],
    ["an end in the past", { to: "2026-11-24T10:00:00Z" }, [nowMs - 3 * hourMs, nowMs - 2 * hourMs]],
    ["an end in the future", { to: "2026-11-25T12:00:00Z" }, [nowMs - hourMs, nowMs + 24 * hourMs]],
    ["a beginning", { from: "now-2h" }, [nowMs - 2 * hourMs, nowMs]],
    ["both", { from: "now-90s", to: "now-15s" }, [nowMs - 90_000, nowMs - 15_000]],
  ] as const)("with %s", async (_, query, [fromMs, toMs]) => {
    expect((await ask(query)).status).toBe(200);
    expect(searches).toMatchObject([{ fromMs, toMs }]);
  });

  it.each([
    [{ from: "2026-02-30T00:00:00Z" }, "request.invalid", "the calendar has no 2026-02-30"],
    [{ to: "now-1y" }, "request.invalid", "units s, m, h, d, w"],
    [{ from: "now", to: "now-1h" }, "traces.empty_range", "Swap them"],
  ])("%j is refused with its reason", async (query, code, reason) => {
    const { status, body } = await ask(query as Record<string, string>);
    expect([status, body.code]).toEqual([400, code]);
    expect(body.detail).toContain(reason);
    expect(searches).toEqual([]);
  });

  it("is explained in the OpenAPI document", async () => {
    const { body } = await api.request("get", "/openapi.json");
    const { parameters } = body.paths["/api/v1/traces"].get;
    const from = parameters.find(({ name }: { name: string }) => name === "from");
    expect(from.description ?? from.schema.description).toContain("An hour before `to`");
  });
});

import { AppError } from "@kontor/kit/errors";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { noOutsideLinks } from "@kontor/observer/alerts/outside-links";
import { type FindingFilter, findingRoutes } from "@kontor/observer/http/api/findings.routes";
import type { Application } from "@kontor/observer/state/change-findings";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listingTrace } from "../../diagnosis/sample-traces.ts";
import { nowMs } from "../pages/page-samples.ts";
import { findingOf } from "../pages/view-samples.ts";

const path = "/api/v1/findings";
const spanIds = Array.from({ length: 200 }, (_, at) => `span-${at}`);
const found = findingOf(listingTrace(), {
  state: "reopened",
  evidence: [{ traceId: "t1", spanIds, timeMs: 400 }],
});
const asked: FindingFilter[] = [];
const applied: Application[] = [];
let api: Awaited<ReturnType<typeof startApp>>;

beforeAll(async () => {
  const queries = {
    listFindings: async (filter: FindingFilter) => {
      asked.push(filter);
      return [found];
    },
    getFinding: async (fingerprint: string) => (fingerprint === found.fingerprint ? found : undefined),
    listFindingSteps: async () => [
      {
        atMs: nowMs,
        state: "reopened" as const,
        actor: undefined,
        version: undefined,
        note: undefined,
        effect: undefined,
      },
      {
        atMs: nowMs - 5,
        state: "applied" as const,
        actor: "ada",
        version: "1.5.0",
        note: "one query",
        effect: undefined,
      },
    ],
    acknowledgeFinding: async () => undefined,
    applyFinding: async (fingerprint: string, application: Application) => {
      applied.push(application);
      return fingerprint === found.fingerprint ? found : undefined;
    },
  };
  const notFound = (what: string) => new AppError("notFound", "observer.not_found", `no ${what}`);
  const ways = { publicUrl: "http://observer.example", outside: noOutsideLinks };
  const routes = findingRoutes(queries, ways, () => nowMs, notFound);
  const logger = createLogger({ service: "observer", level: "silent" });
  api = await startApp(createApp({ service: "observer", version: "1", logger, health: [], routes }));
});
afterAll(() => api[Symbol.asyncDispose]());

describe("GET /api/v1/findings", () => {
  // Red when: toListedFinding returns the view as it is.
  it("lists ten span ids of a trace at most, and says how many there are", async () => {
    const { body } = await api.request("get", path);
    const [evidence] = body.findings[0].evidence;
    expect([evidence.spanIds.length, evidence.spanCount]).toEqual([10, 200]);
    const detail = await api.request("get", `${path}/${found.fingerprint}`);
    expect(detail.body.evidence[0].spanIds).toHaveLength(200);
  });

  it("takes several states, and refuses one that there is not", async () => {
    await api.request("get", `${path}?state=open,reopened&service=core-erp`);
    expect(asked.at(-1)).toEqual({ states: ["open", "reopened"], service: "core-erp", limit: 200 });
    const { status, body } = await api.request("get", `${path}?state=gone`);
    expect([status, body.code]).toEqual([400, "request.invalid"]);
  });

  it("of one finding tells every change of its state", async () => {
    const { body } = await api.request("get", `${path}/${found.fingerprint}`);
    expect(body).toMatchObject({
      state: "reopened",
      history: [
        { state: "reopened", by: null, at: new Date(nowMs).toISOString() },
        { state: "applied", by: "ada", version: "1.5.0", note: "one query" },
      ],
    });
  });
});

describe("POST /api/v1/findings/:fingerprint/applied", () => {
  const apply = (body: object, fingerprint = found.fingerprint) =>
    api.request("post", `${path}/${fingerprint}/applied`, { body });

  it("hands on who, what, with which version and since when", async () => {
    expect((await apply({ author: "ada", version: "1.5.0", note: "one query" })).status).toBe(200);
    expect((await apply({ author: "ada", at: new Date(nowMs - 1).toISOString() })).status).toBe(200);
    expect(applied).toEqual([
      { author: "ada", version: "1.5.0", note: "one query", atMs: undefined },
      { author: "ada", version: undefined, note: undefined, atMs: nowMs - 1 },
    ]);
  });

  it.each([
    [{}, 400, "request.invalid"],
    [{ author: " " }, 400, "request.invalid"],
    [{ author: "ada", at: "yesterday" }, 400, "request.invalid"],
    [{ author: "ada", at: new Date(nowMs + 1).toISOString() }, 400, "findings.applied_in_future"],
  ])("%j is answered %d %s", async (body, status, code) => {
    const answer = await apply(body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it("of an unknown finding is answered 404", async () => {
    expect((await apply({ author: "ada" }, "0000000000000000")).status).toBe(404);
  });
});

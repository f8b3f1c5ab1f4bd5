import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { createReportCommand } from "@kontor/observer/cli/report";
import { createReportMaker } from "@kontor/observer/engine/report-maker";
import { reportRoutes } from "@kontor/observer/http/api/reports.routes";
import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import type { ReportSources } from "@kontor/observer/reports/report-input";
import type { ScheduledReport } from "@kontor/observer/state/scheduled-reports";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realisticInput } from "./realistic-input.ts";
import { hourMs, publicUrl, times } from "./report-fixture.ts";
import { realisticSources } from "./report-sources.ts";

const path = "/api/v1/reports/optimisation";
const asked: { fromMs: number; toMs: number }[] = [];

const scheduled: ScheduledReport = {
  ...{ id: "5f0c1f0e-0000-4000-8000-000000000001", schedule: "weekly", dueMs: times.toMs },
  ...{ fromMs: times.fromMs, toMs: times.toMs, headline: "Nothing hurts.", tone: "good" },
  ...{ madeAtMs: times.nowMs, sentAtMs: undefined, error: "the bus is away" },
};

function start(sources: ReportSources) {
  const logger = createLogger({ service: "observer", level: "silent" });
  const now = () => times.nowMs;
  const maker = createReportMaker({ sources, publicUrl, nowMs: now });
  const kept = buildOptimisationReport(realisticInput(), times);
  const queries = {
    maker,
    listScheduledReports: async () => [scheduled],
    getScheduledReport: async (id: string) => (id === scheduled.id ? kept : undefined),
  };
  const notFound = (what: string) => new AppError("notFound", "observer.not_found", `no ${what}`);
  const routes = reportRoutes(queries, now, notFound);
  return startApp(createApp({ service: "observer", version: "0.0.0", logger, routes, health: [] }));
}

let observer: Awaited<ReturnType<typeof start>>;
let folder: string;

beforeAll(async () => {
  const sources = realisticSources();
  observer = await start({
    ...sources,
    listEndpointUse: (range) => {
      asked.push(range);
      return sources.listEndpointUse(range);
    },
  });
  folder = await mkdtemp(join(tmpdir(), "kontor-report-"));
});
afterAll(async () => {
  await observer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("GET /api/v1/reports/optimisation", () => {
  it("answers JSON of the last 24 hours when nothing is asked for", async () => {
    const { status, body, headers } = await observer.request("get", path);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^application\/json/);
    expect(body.bottlenecks).toHaveLength(8);
    expect(body.bottlenecks[0]).toMatchObject({
      rank: 1,
      measuredEffect: { verdict: "faster", version: "1.5.0" },
    });
    expect(asked.at(-1)).toMatchObject({ fromMs: times.nowMs - 24 * hourMs, toMs: times.nowMs });
  });

  it.each([
    ["md", "text/markdown; charset=utf-8", "# Optimisation report"],
    ["html", "text/html; charset=utf-8", "<!doctype html>"],
    ["pdf", "application/pdf", "%PDF-"],
  ])(
    "answers %s with its content type, a name to save it under and nothing to run",
    async (format, type, begin) => {
      const { status, body, headers } = await observer.request("get", `${path}?format=${format}&from=now-6h`);
      expect(status).toBe(200);
      expect(headers.get("content-type")).toBe(type);
      expect(headers.get("content-disposition")).toBe(
        `inline; filename="kontor-optimisation-20260921T1400.${format}"`,
      );
      expect(body.slice(0, begin.length)).toBe(begin);
      expect(headers.get("content-security-policy")).toBe(
        format === "html" ? "default-src 'none'; style-src 'unsafe-inline'" : null,
      );
      expect(asked.at(-1)).toMatchObject({ fromMs: times.nowMs - 6 * hourMs });
    },
  );

  it.each([
    ["format=docx", "request.invalid"],
    ["from=yesterday", "reports.range"],
    ["from=2026-09-21", "reports.range"],
    ["from=2026-99-99T00:00:00Z", "reports.range"],
    ["to=2026-09-21T16:00:00Z", "reports.range"],
    ["from=2026-09-21T13:00:00Z&to=2026-09-21T12:00:00Z", "reports.range"],
    ["from=now-1h&to=now-1h", "reports.range"],
    ["from=1970-01-01T00:00:00Z", "reports.range"],
    ["from=now-999999w", "reports.range"],
  ])("refuses %s with a problem that says how to mend it", async (query, code) => {
    const { status, body, headers } = await observer.request("get", `${path}?${query}`);
    expect([status, body.code, headers.get("content-type")]).toEqual([
      400,
      code,
      expect.stringContaining("application/problem+json"),
    ]);
  });

  it("makes two at a time and sends others away for a while", async () => {
    const gate = Promise.withResolvers<void>();
    const reached: (() => void)[] = [];
    const both = new Promise<void>((resolve) => reached.push(resolve));
    let waiting = 0;
    await using busy = await start(
      realisticSources({
        listActiveAlerts: async () => {
          if (++waiting === 2) reached[0]?.();
          await gate.promise;
          return [];
        },
      }),
    );
    const first = [busy.request("get", path), busy.request("get", path)];
    await both;
    const refused = await busy.request("get", path);
    expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([
      503,
      "reports.busy",
      "5",
    ]);
    gate.resolve();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    // Red when: the count of running reports is not taken back
    expect((await busy.request("get", path)).status).toBe(200);
  });
});

describe("reports that were made on a schedule", () => {
  it("are listed with when they were sent, and why not", async () => {
    const { body } = await observer.request("get", "/api/v1/reports");
    expect(body.reports).toMatchObject([
      { id: scheduled.id, schedule: "weekly", sentAt: null, error: "the bus is away" },
    ]);
  });

  it("are read as they were sent, in every format, whatever the telemetry is by then", async () => {
    const address = `/api/v1/reports/${scheduled.id}`;
    expect((await observer.request("get", address)).body.bottlenecks).toHaveLength(8);
    const { body, headers } = await observer.request("get", `${address}?format=md`);
    expect(body).toMatch(/^# Optimisation report/);
    expect(headers.get("content-type")).toBe("text/markdown; charset=utf-8");
  });

  it("that are not there, or cannot be, are problems", async () => {
    const missing = await observer.request("get", "/api/v1/reports/5f0c1f0e-0000-4000-8000-00000000000f");
    expect([missing.status, missing.body.code]).toEqual([404, "observer.not_found"]);
    expect((await observer.request("get", "/api/v1/reports/weekly")).status).toBe(400);
  });
});

describe("kontor report optimisation", () => {
  async function run(...args: string[]) {
    const out = { text: "", error: "", code: 0 };
    const command = createReportCommand({
      environment: { OBSERVER_URL: observer.url },
      write: (text) => {
        out.text += text;
      },
      writeError: (text) => {
        out.error += text;
      },
      setExitCode: (code) => {
        out.code = code;
      },
    });
    await command.parseAsync(["optimisation", ...args], { from: "user" });
    return out;
  }

  it("answers JSON on standard output in every case under --json", async () => {
    const file = join(folder, "report.md");
    const written = await run("--json", "--format", "md", "--out", file);
    const bytes = (await readFile(file)).length;
    expect(JSON.parse(written.text)).toEqual({ ok: true, file, format: "md", bytes });
    for (const [code, ...args] of [
      [2, "--from", "tomorrow"],
      [3, "--observer", "http://127.0.0.1:1"],
      [3, "--out", join(folder, "missing", "x.json")],
    ] as const) {
      const failed = await run("--json", ...args);
      // Red when: fail writes to standard error alone
      expect(JSON.parse(failed.text)).toEqual({ ok: false, error: failed.error.trimEnd() });
      expect(failed.code).toBe(code);
    }
  });

  it("prints Markdown, and JSON where it is asked for", async () => {
    expect((await run("--from", "now-6h")).text).toMatch(/^# Optimisation report\n/);
    expect(JSON.parse((await run("--json")).text)).toMatchObject({ report: "optimisation" });
  });

  it("writes a PDF into a file", async () => {
    const file = join(folder, "report.pdf");
    expect(await run("--format", "pdf", "--out", file)).toMatchObject({
      code: 0,
      text: "",
      error: `written to ${file}\n`,
    });
    expect((await readFile(file)).subarray(0, 5).toString()).toBe("%PDF-");
  });

  it("exits 2 for bad input, in words", async () => {
    expect(await run("--format", "pdf")).toMatchObject({ code: 2, error: expect.stringContaining("--out") });
    expect(await run("--from", "tomorrow")).toMatchObject({
      code: 2,
      error: expect.stringContaining("now-24h"),
    });
    await expect(run("--observer", "nonsense")).rejects.toMatchObject({
      kind: "invalid",
      code: "cli.argument",
    });
  });

  it("exits 3 where it cannot be done", async () => {
    expect(await run("--observer", "http://127.0.0.1:1")).toMatchObject({
      code: 3,
      error: expect.stringContaining("Is it running?"),
    });
    expect(await run("--observer", `${observer.url}/elsewhere`)).toMatchObject({ code: 3 });
    expect(await run("--out", join(folder, "missing", "x.md"))).toMatchObject({ code: 3 });
  });
});

import { AppError } from "@kontor/kit/errors";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { noOutsideLinks } from "@kontor/observer/alerts/outside-links";
import { createExplainCommand, type ExplainIo } from "@kontor/observer/cli/explain";
import { mergeDetection } from "@kontor/observer/diagnosis/impact";
import { toTreeOfRecords } from "@kontor/observer/diagnosis/trace-summary";
import { findingRoutes } from "@kontor/observer/http/api/findings.routes";
import { traceRoutes } from "@kontor/observer/http/api/traces.routes";
import type { TrackedFinding } from "@kontor/observer/reports/tracked-finding";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listingTrace, orderTrace } from "../diagnosis/sample-traces.ts";
import { epochMs, testDiagnosis, traceBuilder } from "../diagnosis/trace-builder.ts";

const diagnosis = testDiagnosis({ limitMs: 500 });
const hostile = traceBuilder(9);
hostile.request("GET /\u001b[31mred\u001b]0;title\u0007\u202e", {
  at: 0,
  ms: 5,
  service: "\u001b[2Jservice",
});
const traces = new Map([listingTrace(), orderTrace(), hostile].map((t) => [t.traceId, t.spans]));

function finding(): TrackedFinding {
  const spans = listingTrace().spans;
  const [detection] = diagnosis.explain(toTreeOfRecords(spans), epochMs).detections;
  if (detection === undefined) throw new Error("the sample has an N+1");
  const found = mergeDetection(undefined, detection, spans[0]?.traceId ?? "", epochMs);
  return { ...found, acknowledgement: undefined, applied: undefined, effect: undefined };
}

const notFound = (what: string, id: string) =>
  new AppError("notFound", `${what}s.unknown`, `There is no ${what} ${id}.`);
let observer: Awaited<ReturnType<typeof startApp>>;

beforeAll(async () => {
  const traceQueries = {
    getTrace: async (id: string) => traces.get(id) ?? [],
    searchTraces: async () => [],
    getTraceLogs: async () => [],
    explain: (spans: Parameters<typeof toTreeOfRecords>[0]) =>
      diagnosis.explain(toTreeOfRecords(spans), epochMs),
  };
  const found = finding();
  const findingQueries = {
    listFindings: async () => [found],
    getFinding: async (fingerprint: string) => (fingerprint === found.fingerprint ? found : undefined),
    listFindingSteps: async () => [],
    acknowledgeFinding: async () => undefined,
    applyFinding: async () => undefined,
  };
  const routes = [
    ...traceRoutes(traceQueries, () => epochMs, notFound),
    ...findingRoutes(
      findingQueries,
      { publicUrl: "http://127.0.0.1:8010", outside: noOutsideLinks },
      () => epochMs,
      notFound,
    ),
  ];
  const logger = createLogger({ service: "observer", level: "silent" });
  observer = await startApp(createApp({ service: "observer", version: "0.0.0", logger, routes, health: [] }));
});

afterAll(() => observer[Symbol.asyncDispose]());

async function run(args: readonly string[], terminal?: ExplainIo["terminal"]) {
  const out = { text: "", error: "", code: 0 };
  const io: ExplainIo = {
    environment: {},
    write: (text) => {
      out.text += text;
    },
    writeError: (text) => {
      out.error += text;
    },
    setExitCode: (code) => {
      out.code = code;
    },
    terminal,
  };
  const command = createExplainCommand(io).exitOverride();
  await command.parseAsync(args.includes("--observer") ? [...args] : [...args, "--observer", observer.url], {
    from: "user",
  });
  return out;
}

describe("kontor explain <trace>", () => {
  it("shows path, share of time, finding with statement, count, place and gain, and why others were silent", async () => {
    const { text, code } = await run([listingTrace().traceId]);
    expect(code).toBe(0);
    for (const part of [
      "GET /api/orders of gateway",
      "187 × order_lines.list_by_order",
      "n-plus-one-sql",
      "N+1: order_lines.list_by_order runs once per row in GET /api/orders",
      "ran 187 times",
      "Silent, because",
      "slow-sql",
      "explained by n-plus-one-sql",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain("\u001b");
  });

  it("fits the terminal and colours only there", async () => {
    const { text } = await run([listingTrace().traceId], { columns: 120, colours: true });
    expect(text).toContain("\u001b[1m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out to measure
    const lines = text.replace(/\u001b\[\d+m/g, "").split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it("says what it looked for where nothing was found", async () => {
    const { text } = await run([orderTrace().traceId]);
    expect(text).toContain("Found nothing");
    expect(text).toContain("5 runs of one statement under one parent are needed");
  });

  // Red when: toPlain lets control characters through.
  it("lets no control character of a trace reach the terminal", async () => {
    const { text } = await run([hostile.traceId]);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(text).toContain("[31mred");
  });

  it("answers with --json what the observer answered", async () => {
    const { text } = await run([listingTrace().traceId, "--json"]);
    const json = JSON.parse(text);
    expect(json.detections[0].count).toBe(187);
    expect(json.silences.length).toBeGreaterThan(0);
  });
});

describe("kontor explain <finding>", () => {
  it("shows impact, recommendation, statement and the worst traces", async () => {
    const { text, code } = await run([finding().fingerprint.toUpperCase()]);
    expect(code).toBe(0);
    for (const part of [
      "in 1 traces",
      "order_lines.list_by_order",
      "Recommendation",
      listingTrace().traceId,
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe("kontor explain fails plainly", () => {
  it("with 2 for what is no id", async () => {
    expect(await run(["42"])).toMatchObject({
      code: 2,
      text: "",
      error: expect.stringContaining("32 hex digits"),
    });
  });

  it("with 3 for a trace nobody knows", async () => {
    expect(await run(["f".repeat(32)])).toMatchObject({
      code: 3,
      error: expect.stringContaining("knows no trace"),
    });
  });

  it("with 3 when no observer runs there", async () => {
    const out = await run(["f".repeat(32), "--observer", "http://127.0.0.1:9"]);
    expect(out).toMatchObject({ code: 3, error: expect.stringContaining("Is it running?") });
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCheckCommand } from "../../src/cli/check.ts";
import type { ExitCode } from "../../src/cli/command-io.ts";
import { catalogueRoutes, type RuleView, type ServiceView } from "../../src/http/api/services.routes.ts";
import { compileRules } from "../../src/rules/compile-rules.ts";
import { readGood } from "../config/read.ts";
import { about } from "../rules/subjects.ts";

const good = {
  defaults: { cpuRatioMax: 0.7, queueDepthMax: 9 },
  services: { shop: { endpoints: { "GET /a": {} } } },
};
/** A port that nobody listens on: 1 is privileged and unused. */
const nowhere = "http://127.0.0.1:1";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kontor-check-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function check(content: unknown, ...args: string[]) {
  const file = join(folder, "observer_config.json");
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return run(file, ...args);
}

async function run(...args: string[]) {
  const answer = { out: "", error: "", exitCode: 0 as ExitCode };
  const command = createCheckCommand({
    environment: { OBSERVER_URL: nowhere },
    write: (text) => {
      answer.out += text;
    },
    writeError: (text) => {
      answer.error += text;
    },
    setExitCode: (code) => {
      answer.exitCode = code;
    },
  });
  await command.parseAsync(args, { from: "user" });
  return answer;
}

/** The observer's own routes, over what it would have seen. */
async function startObserver(routes: string[], silent: readonly string[]) {
  const configuration = readGood(good);
  const subjects = routes.map((route) => about("shop", route));
  const rules = compileRules(configuration, subjects).rules.map(
    (rule): RuleView => ({
      ...rule,
      rule: rule.key,
      ...rule.subject,
      endpoint: rule.subject.route ?? null,
      effectiveWindowSeconds: null,
      state: silent.includes(rule.key) ? "noData" : "ok",
      observed: null,
      count: null,
    }),
  );
  const shop: ServiceView = {
    ...about("shop"),
    versions: [],
    instances: 1,
    routes,
    counters: ["orders.placed", "orders.lost"],
    silentCounters: ["orders.lost"],
    configured: true,
    lastSeen: new Date(0).toISOString(),
  };
  const app = createApp({
    service: "observer",
    version: "test",
    logger: createLogger({ service: "observer", level: "fatal" }),
    health: [],
    routes: catalogueRoutes({
      listServices: () => [shop],
      listSignals: () => [],
      listDeadThresholds: () => ({ settled: false, thresholds: [] }),
      listRules: () => ({ evaluatedAt: null, source: "stream", rules }),
    }),
  });
  return startApp(app);
}

describe("kontor check", () => {
  it("exits 0 for a file in order, and says that nobody was asked for dead thresholds", async () => {
    const { out, exitCode } = await check(good);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/no answer from the observer at .*\n.*in order/);
  });

  it("exits 1 for mistakes and tells each with its line and a way out", async () => {
    const { out, exitCode } = await check({ defaults: { cpuRatioMax: 70, windowSecond: 3 } });
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /observer_config\.json:3:20 defaults\.cpuRatioMax: is not allowed\n {2}given: {3}70\n/,
    );
    expect(out).toMatch(/:4:5 defaults\.windowSecond: unknown key[\s\S]*did you mean "windowSeconds"\?/);
  });

  it("tells machines the same as JSON", async () => {
    const { out } = await check({ defaults: { cpuRatioMax: 70 } }, "--json");
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ path: "defaults.cpuRatioMax", line: 3, given: "70", suggestion: "0.7" }],
    });
  });

  it("exits 2 for a file that cannot be read", async () => {
    const { error, exitCode } = await run(join(tmpdir(), "kontor-no-such-file.json"));
    expect(exitCode).toBe(2);
    expect(error).toMatch(/cannot read .*no-such-file/);
    const asked = await run(join(tmpdir(), "kontor-no-such-file.json"), "--json");
    expect([asked.exitCode, JSON.parse(asked.out)]).toMatchObject([
      2,
      { ok: false, error: expect.stringMatching(/cannot read .*no-such-file/) },
    ]);
  });

  // Red when: check takes a missing observer for one that saw everything.
  it("exits 3 under --strict when no observer is running", async () => {
    expect((await check(good, "--strict")).exitCode).toBe(3);
  });

  it("reports dead thresholds of a running observer as warnings, and as problems under --strict", async () => {
    await using observer = await startObserver(["GET /b"], ["queueDepthMax"]);
    const lenient = await check(good, "--observer", observer.url);
    expect(lenient.exitCode).toBe(0);
    expect(lenient.out).toMatch(/defaults\.queueDepthMax: dead threshold: no subject had data/);
    expect(lenient.out).toMatch(/endpoints\["GET \/a"\]: dead threshold: .*did you mean "GET \/b"\?/);

    const strict = await check(good, "--strict", "--json", "--observer", `${observer.url}/`);
    expect(strict.exitCode).toBe(1);
    expect(JSON.parse(strict.out)).toMatchObject({
      ok: false,
      problems: [],
      deadThresholds: [{ line: 4 }, { line: 9 }],
    });
  });

  // Red when: a counter that nobody has ever sent is taken for one that was watched.
  it("reports the limits of a counter that its service has never sent", async () => {
    await using observer = await startObserver(["GET /a"], []);
    const counters = { "orders.placed": { perMinuteMin: 1 }, "orders.lost": { perMinuteMax: 2 } };
    const content = { ...good, services: { shop: { ...good.services.shop, counters } } };
    const { out } = await check(content, "--json", "--observer", observer.url);
    expect(JSON.parse(out).deadThresholds).toMatchObject([
      { path: 'services.shop.counters["orders.lost"]', message: "shop was seen, but it sent no orders.lost" },
    ]);
  });

  it("exits 0 under --strict when every threshold has met something", async () => {
    await using observer = await startObserver(["GET /a"], []);
    expect((await check(good, "--strict", "--observer", observer.url)).exitCode).toBe(0);
  });
});

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openTestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributes, jsonTraces } from "../ingest/decode-fixture.ts";
import { makeFolder, spawnObserve, startObserving } from "./observing.ts";

const stack = new AsyncDisposableStack();
let folder: string;
beforeAll(async () => {
  folder = stack.use(await makeFolder()).path;
});
afterAll(() => stack.disposeAsync());

const traceId = "0af7651916cd43dd8448eb211c80319c";
function trace() {
  const nowNano = BigInt(Date.now()) * 1_000_000n;
  const span = {
    ...{ traceId, spanId: "b7ad6b7169203331", name: "GET /a", kind: 2 },
    ...{ startTimeUnixNano: String(nowNano - 5_000_000n), endTimeUnixNano: String(nowNano) },
    attributes: attributes({ "http.request.method": "GET", "http.route": "/a" }),
  };
  return jsonTraces([span], { "service.name": "foreign" });
}

/** A start that fails: its exit code and what it said. */
async function fail(data: string, args: string[] = [], env: Record<string, string> = {}) {
  const process = spawnObserve(data, args, env);
  return { code: await process.ended, said: process.output() };
}

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("kontor observe", () => {
  // Red when: the own PostgreSQL is not handed to `resources`, or the data folder is made anew at each start.
  it("observes by an empty configuration, stops whole and keeps its data", async () => {
    const data = join(folder, "kept");
    const config = await write("empty.json", "{}");
    const first = await startObserving(data, { args: ["--config", config] });
    expect((await first.send("/v1/traces", trace())).status).toBe(200);
    await first.eventually(`/api/v1/traces/${traceId}`, ({ spans }) => spans);
    expect(await first.stop()).toBe(0);
    expect(await readdir(join(data, "postgres"))).not.toContain("postmaster.pid");
    expect(await readdir(data)).not.toContain("observer.owner");

    await using second = await startObserving(data, { args: ["--config", config] });
    const spans = await second.eventually(`/api/v1/traces/${traceId}`, (body) => body.spans);
    expect(spans).toMatchObject([{ service: "foreign", name: "GET /a" }]);
  });

  it("without --config begins with the common limits; another one on its folder or its ports is told so", async () => {
    const data = join(folder, "defaults");
    await using observer = await startObserving(data);
    await observer.send("/v1/traces", trace());
    const rule = await observer.eventually("/api/v1/rules", ({ rules }) =>
      rules.find((each: { rule: string; endpoint: string }) => each.endpoint === "GET /a"),
    );
    const shipped = JSON.parse(
      await readFile(new URL("../../../observer_config.json", import.meta.url), "utf8"),
    );
    expect(rule).toMatchObject({ service: "foreign" });
    const own = JSON.parse(await readFile(join(data, "observer_config.json"), "utf8"));
    expect(own.defaults.latencyP95MsMax).toEqual(shipped.defaults.latencyP95MsMax);
    expect((await stat(join(data, "postgres.password"))).mode & 0o777).toBe(0o600);
    const { code, said } = await fail(data);
    expect([code, said]).toEqual([3, expect.stringContaining(`process ${observer.process.child.pid}`)]);
    const { port } = new URL(observer.url);
    const taken = await fail(join(folder, "taken"), ["--port", port, "--otlp-port", port]);
    expect(taken.code).toBe(3);
    expect(taken.said).toMatch(
      new RegExp(`Port ${port} .*with --port\\.\\nPort ${port} .*with --otlp-port\\.`),
    );
  });

  it("uses the PostgreSQL that the environment names", async () => {
    await using db = await openTestDatabase({ schema: "observer" });
    const { host, port, database, user, password } = db.options;
    const data = join(folder, "foreign-database");
    const observer = await startObserving(data, {
      env: {
        ...{ POSTGRES_HOST: host, POSTGRES_PORT: String(port), POSTGRES_DATABASE: database },
        ...{ POSTGRES_USER: user, POSTGRES_PASSWORD: password },
      },
    });
    await observer.eventually("/api/v1/self", ({ database: { ready } }) => ready || undefined);
    expect(await observer.stop()).toBe(0);
    expect(await readdir(data)).not.toContain("postgres");
  });
});

describe("kontor observe does not start, and says why,", () => {
  it("on a configuration with mistakes: all of them, and makes no database for it", async () => {
    const config = await write("bad.json", '{ "defaults": { "latencyP95MsMaxx": 5, "errorRatioMax": 7 } }');
    const data = join(folder, "bad");
    const { code, said } = await fail(data, ["--config", config]);
    expect(code).toBe(2);
    expect(said).toMatch(/latencyP95MsMaxx[\s\S]*latencyP95MsMax[\s\S]*errorRatioMax/);
    expect(await readdir(data)).not.toContain("postgres");
  });

  it("on a configuration that is not there: and offers one", async () => {
    const { code, said } = await fail(join(folder, "none"), ["--config", join(folder, "none.json")]);
    expect([code, said]).toEqual([2, expect.stringMatching(/none\.json cannot be read.*\{\} is valid/)]);
  });

  // Red when: openOwnData makes its folder by a recursive mkdir, which never returns here.
  it.runIf(existsSync("/proc/self"))("on a data folder that no file system can hold", async () => {
    const { code, said } = await fail("/proc/kontor");
    expect([code, said]).toEqual([3, expect.stringMatching(/\/proc\/kontor cannot be used.*--data/)]);
  });

  it.each([
    ["is a file", async (data: string) => writeFile(data, "")],
    [
      "lost its password",
      async (data: string) => {
        await mkdir(data);
        await writeFile(join(data, "postgres.password"), "");
      },
    ],
    [
      "does not say what it is",
      async (data: string) => {
        await mkdir(join(data, "observer/telemetry"), { recursive: true });
        await writeFile(join(data, "observer/telemetry/format.json"), "{");
      },
    ],
  ])("on a data folder that %s, naming it and --data", async (name, breakIt) => {
    const data = join(folder, name.replaceAll(" ", "-"));
    await breakIt(data);
    const { code, said } = await fail(data);
    expect(code).toBe(3);
    expect(said).toContain(data);
    expect(said).toContain("--data");
    expect(said).not.toMatch(/\n\s+at /);
  });

  // Red when: `refuseOpenAddress` is not called, or after the ports are open.
  it("beyond loopback without tokens; with them it asks everybody", async () => {
    const data = join(folder, "open");
    const { code, said } = await fail(data, ["--host", "0.0.0.0"]);
    expect([code, said]).toEqual([2, expect.stringMatching(/OTLP_TOKEN.*OBSERVER_TOKENS_FILE/)]);

    const token = "0123456789abcdef";
    const tokens = await write(
      "tokens.json",
      JSON.stringify([{ name: "alice", token, permissions: ["read"] }]),
    );
    const env = { OTLP_TOKEN: token, OBSERVER_TOKENS_FILE: tokens };
    await using observer = await startObserving(data, { args: ["--host", "0.0.0.0"], env });
    expect((await observer.request("get", "/")).status).toBe(401);
    expect((await observer.request("get", "/api/v1/self")).body.code).toBe("access.token_missing");
    expect((await observer.request("get", "/api/v1/self", { token })).status).toBe(200);
    expect((await observer.request("get", "/health")).status).toBe(200);
    expect((await observer.send("/v1/traces", trace())).status).toBe(401);
  });

  it.each([
    [["--port", "70000"], {}, /--port/],
    [["--source", "carrier-pigeon"], {}, /Allowed choices are stream/],
    [[], { SMTP_URL: "http://x" }, /SMTP_URL.*allowed: smtp:/],
    [[], { POSTGRES_HOST: "127.0.0.1" }, /POSTGRES_DATABASE: not set[\s\S]*POSTGRES_PASSWORD: not set/],
  ])("on %j with %j", async (args, env, words) => {
    expect(await fail(join(folder, "input"), args, env)).toEqual({
      code: 2,
      said: expect.stringMatching(words),
    });
  });
});

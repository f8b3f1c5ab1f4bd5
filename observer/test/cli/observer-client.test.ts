import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "@kontor/kit/http/create-app";
import { defineRoute } from "@kontor/kit/http/route";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createCheckCommand } from "../../src/cli/check.ts";
import type { CommandIo } from "../../src/cli/command-io.ts";
import { createExplainCommand } from "../../src/cli/explain.ts";
import { createReportCommand } from "../../src/cli/report.ts";
import { createAccessGuard } from "../../src/http/access/guard.ts";

const reader = { name: "ci", token: "a-token-that-may-read", permissions: ["read"] as const };
const silencer = { name: "pager", token: "a-token-that-may-silence", permissions: ["silence"] as const };
const traceId = "0af7651916cd43dd8448eb211c80319c";

let observer: Awaited<ReturnType<typeof startApp>>;
let folder = "";
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kontor-cli-"));
  await writeFile(inFolder("observer_config.json"), "{}");
  await writeFile(inFolder("reader.token"), `${reader.token}\n`);
  await writeFile(inFolder("empty.token"), "\n");
  await writeFile(inFolder("lines.token"), "one\ntwo\n");
  const route = (path: string, body: unknown) =>
    defineRoute({
      ...{ method: "get" as const, path, summary: path, tags: [], access: "public" as const },
      query: z.looseObject({}),
      responses: { 200: z.unknown() },
      handle: async () => body,
    });
  observer = await startApp(
    createApp({
      ...{ service: "observer", version: "test", health: [] },
      logger: createLogger({ service: "observer", level: "silent" }),
      raw: (app) => void app.use(createAccessGuard([reader, silencer], "http://127.0.0.1:8010")),
      routes: [
        route("/api/v1/services", { services: [] }),
        route("/api/v1/rules", { rules: [] }),
        route("/api/v1/traces/:id", { traceId, spans: [], detections: [], silences: [] }),
        route("/api/v1/reports/optimisation", { report: "optimisation" }),
      ],
    }),
  );
});
afterAll(async () => {
  await observer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const commands: [string, (io: CommandIo) => Command, () => string[]][] = [
  ["check --strict", createCheckCommand, () => [inFolder("observer_config.json"), "--strict", "--json"]],
  ["explain", createExplainCommand, () => [traceId, "--json"]],
  ["report", createReportCommand, () => ["optimisation", "--json"]],
];

async function run(
  create: (io: CommandIo) => Command,
  args: readonly string[],
  environment: Record<string, string> = {},
) {
  const said = { text: "", error: "", code: 0 };
  const command = create({
    environment: { OBSERVER_URL: observer.url, ...environment },
    write: (text) => {
      said.text += text;
    },
    writeError: (text) => {
      said.error += text;
    },
    setExitCode: (code) => {
      said.code = code;
    },
  });
  await command.parseAsync([...args], { from: "user" });
  return said;
}

describe.each(commands)("kontor %s of a protected observer", (name, create, args) => {
  const nothingDead = name === "check --strict" ? /"deadThresholds": \[\]/ : /\S/;

  it.each([
    ["OBSERVER_TOKEN", [], () => ({ OBSERVER_TOKEN: reader.token })],
    ["OBSERVER_TOKEN_FILE", [], () => ({ OBSERVER_TOKEN_FILE: inFolder("reader.token") })],
    // Red when: the environment wins over the option.
    ["--token-file", ["--token-file"], () => ({ OBSERVER_TOKEN: "some-other-token" })],
  ])("shows the token of %s", async (_, option, environment) => {
    const file = option.length === 0 ? [] : [...option, inFolder("reader.token")];
    const { code, text, error } = await run(create, [...args(), ...file], environment());
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(text).toMatch(nothingDead);
  });

  it.each([
    ["without one: how to give it", {}, /asks for a token \(401\): set OBSERVER_TOKEN .*--token-file/],
    [
      "an unknown one",
      { OBSERVER_TOKEN: "nobody-knows-this-one" },
      /refused the token of OBSERVER_TOKEN \(401\)/,
    ],
    [
      "one that may not read",
      { OBSERVER_TOKEN: silencer.token },
      /of OBSERVER_TOKEN \(403\):.*permission read/,
    ],
  ])("exits 2 and says why with %s; the token itself is never shown", async (_, environment, words) => {
    const { code, text, error } = await run(create, args(), environment);
    expect(code).toBe(2);
    expect(text + error).toMatch(words);
    expect(text + error).not.toMatch(/nobody-knows|may-silence/);
  });

  it.each([
    ["is not there", "missing.token", /missing\.token cannot be read/],
    ["is empty", "empty.token", /holds no token/],
    ["holds more than a token", "lines.token", /holds no token/],
  ])("takes no token file that %s", async (_, file, words) => {
    const failing = run(create, [...args(), "--token-file", inFolder(file)]);
    await expect(failing).rejects.toMatchObject({ kind: "invalid", code: "cli.token" });
    await expect(failing).rejects.toThrow(words);
  });
});

it("check without --strict says that the observer refused, and is content with the file", async () => {
  const { code, text } = await run(createCheckCommand, [inFolder("observer_config.json")]);
  expect([code, text]).toEqual([
    0,
    expect.stringMatching(/dead thresholds were not looked for: .*OBSERVER_TOKEN/),
  ]);
});

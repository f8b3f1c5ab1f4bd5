import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AppError } from "../src/errors.ts";
import {
  booleanVariable,
  integerVariable,
  readEnvironment,
  serviceEnvironment,
  urlListVariable,
} from "../src/read-environment.ts";

const schema = z.object({
  ...serviceEnvironment(8002),
  POOL_MAX: integerVariable(1, 100).default(10),
  FAULTS_ENABLED: booleanVariable().default(false),
  AUTH_URLS: urlListVariable().default(["http://127.0.0.1:8001"]),
  POSTGRES_PASSWORD: z.string().min(12),
});

function problemOf(environment: Record<string, string>): AppError {
  try {
    readEnvironment(schema, environment);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("expected an AppError");
}

describe("readEnvironment", () => {
  it("gives typed values and defaults, and treats an empty variable as absent", () => {
    const read = readEnvironment(schema, {
      PORT: "9000",
      HOST: "",
      FAULTS_ENABLED: "true",
      AUTH_URLS: "http://a:1/, http://b:2",
      POSTGRES_PASSWORD: "long enough secret",
      UNRELATED: "x",
    });
    expect(read).toEqual({
      PORT: 9000,
      HOST: "127.0.0.1",
      LOG_LEVEL: "info",
      SERVICE_VERSION: "0.0.0-dev",
      POOL_MAX: 10,
      FAULTS_ENABLED: true,
      AUTH_URLS: ["http://a:1", "http://b:2"],
      POSTGRES_PASSWORD: "long enough secret",
    });
  });

  // Red when: readEnvironment reports only the first issue.
  it("names every wrong variable in one message, with what was given and what is allowed", () => {
    const error = problemOf({
      PORT: "80 80",
      FAULTS_ENABLED: "yes",
      AUTH_URLS: "ftp://x",
      POSTGRES_PASSWORD: "hunter2",
    });
    expect(error.code).toBe("config.environment");
    expect(error.message).toContain('PORT: given "80 80"; allowed: a whole number from 0 to 65535');
    expect(error.message).toContain('FAULTS_ENABLED: given "yes"; allowed: true or false');
    expect(error.message).toContain('AUTH_URLS: given "ftp://x"');
    expect(error.message).toContain("POSTGRES_PASSWORD: set (hidden)");
  });

  // Red when: showValue loses the branch for secret names or the replacement of credentials in URLs.
  it("never shows a secret", () => {
    const error = problemOf({ POSTGRES_PASSWORD: "hunter2", AUTH_URLS: "smtp://me:hunter3@mail" });
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/hunter/);
  });

  it("says that a required variable is not set", () => {
    expect(problemOf({}).message).toContain("POSTGRES_PASSWORD: not set");
  });

  it("takes each variable from a file, without its last line break", async () => {
    await using folder = await makeFolder({ password: "long enough secret\n" });
    const read = readEnvironment(schema, { POSTGRES_PASSWORD_FILE: folder.pathOf("password") });
    expect(read.POSTGRES_PASSWORD).toBe("long enough secret");
  });

  // Red when: readGiven pushes no problem for a file that cannot be read.
  it("says which file is missing, empty, or doubled, and shows nothing of what is in one", async () => {
    await using folder = await makeFolder({ empty: "", short: "hunter2", whole: "long enough secret" });
    const problemWith = (environment: Record<string, string>) => problemOf(environment).message;
    const missing = folder.pathOf("none");
    expect(problemWith({ POSTGRES_PASSWORD_FILE: missing })).toContain(
      `POSTGRES_PASSWORD_FILE: given "${missing}"; allowed: a file that can be read (ENOENT)`,
    );
    expect(problemWith({ POSTGRES_PASSWORD_FILE: missing })).not.toContain("not set");
    expect(problemWith({ POSTGRES_PASSWORD_FILE: folder.pathOf("empty") })).toContain(
      "a file that is not empty",
    );
    const whole = folder.pathOf("whole");
    expect(problemWith({ POSTGRES_PASSWORD: "long enough secret", POSTGRES_PASSWORD_FILE: whole })).toContain(
      "one of POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE, not both",
    );
    const short = problemWith({ POSTGRES_PASSWORD_FILE: folder.pathOf("short") });
    expect(short).toContain("POSTGRES_PASSWORD: read from ");
    expect(short).not.toContain("hunter2");
  });
});

async function makeFolder(files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "kontor-environment-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return {
    pathOf: (name: string) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

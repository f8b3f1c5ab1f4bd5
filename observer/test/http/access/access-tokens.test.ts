import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  readAccessTokens,
  readOtlpToken,
  refuseOpenAddress,
} from "@kontor/observer/http/access/access-tokens";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kontor-tokens-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(content: unknown): Promise<string> {
  const path = join(folder, "tokens.json");
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
const alice = { name: "alice", token: "0123456789abcdef", permissions: ["read"] };

describe("the tokens file", () => {
  it("gives the tokens as they stand there", async () => {
    expect(await readAccessTokens(await write([alice]))).toEqual([alice]);
  });

  it.each([
    ["no JSON", "[{", "is not JSON"],
    ["an object", { alice }, "a list of"],
    ["an empty list", [], "at least one token"],
    ["a short token", [{ ...alice, token: "0123456789abcde" }], "[0].token: allowed: a text of at least 16"],
    [
      "an unknown permission",
      [{ ...alice, permissions: ["admin"] }],
      "[0].permissions[0]: allowed: one of read",
    ],
    ["no permission", [{ ...alice, permissions: [] }], "at least one permission"],
    ["a name twice", [alice, { ...alice, token: "fedcba9876543210" }], "[1].name: is also that of [0]"],
    ["a token twice", [alice, { ...alice, name: "bob" }], "[1].token: is also that of [0]"],
    ["an unknown key", [{ ...alice, tokens: 1 }], "and nothing else"],
  ])("with %s is refused, and says what is allowed", async (_, content, words) => {
    const error = await readAccessTokens(await write(content)).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "access.tokens_file", message: expect.stringContaining(words) });
    expect(error.message).not.toContain(alice.token);
  });

  it("tells of all mistakes at once", async () => {
    const path = await write([
      { ...alice, token: "short" },
      { ...alice, permissions: ["all"] },
    ]);
    const error = await readAccessTokens(path).catch((thrown) => thrown);
    expect(error.message).toMatch(/\[0\]\.token.*\n.*\[1\]\.permissions\[0\]/);
  });

  it("that is missing is refused with its path", async () => {
    const path = join(folder, "none.json");
    await expect(readAccessTokens(path)).rejects.toMatchObject({ message: expect.stringContaining(path) });
  });
});

describe("an address that others can reach", () => {
  const tokens = [{ ...alice, permissions: ["read" as const] }];
  const otlpToken = "0123456789abcdef";

  // Red when: `refuseOpenAddress` asks for one of the two only.
  it.each([
    [{}, ["OTLP_TOKEN", "OBSERVER_TOKENS_FILE"]],
    [{ tokens }, ["OTLP_TOKEN"]],
    [{ otlpToken }, ["OBSERVER_TOKENS_FILE"]],
  ])("is refused with %o, naming what is missing", (given, missing) => {
    for (const host of ["0.0.0.0", "::", "192.168.1.4", "127.example.org"]) {
      const options = { host, otlpToken: undefined, tokens: undefined, ...given };
      const error = catchError(() => refuseOpenAddress(options));
      expect(error).toMatchObject({ code: "access.open_address" });
      for (const name of missing) expect(String(error)).toContain(name);
    }
  });

  it("is taken with both, and loopback with neither", () => {
    refuseOpenAddress({ host: "0.0.0.0", otlpToken, tokens });
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      refuseOpenAddress({ host, otlpToken: undefined, tokens: undefined });
  });
});

describe("the token of senders", () => {
  it("may lie in a file, whose line end is none of it", async () => {
    expect(await readOtlpToken(undefined, await write("0123456789abcdef\n"))).toBe("0123456789abcdef");
  });

  it("is refused when the file holds a short one, or is missing", async () => {
    for (const path of [await write("short"), join(folder, "none")])
      await expect(readOtlpToken(undefined, path)).rejects.toMatchObject({ code: "access.otlp_token_file" });
  });
});

function catchError(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

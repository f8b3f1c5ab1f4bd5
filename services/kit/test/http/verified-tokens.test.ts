import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createVerifiedTokens } from "../../src/http/verified-tokens.ts";

const caller = { userId: "u1", email: "a@b.example", roles: [], permissions: [] };

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("createVerifiedTokens", () => {
  // Red when: remember() forgets the expiry of the token.
  it("a token is not found at its expiry, nor when it was trusted long enough", () => {
    const tokens = createVerifiedTokens({ entriesMax: 10, trustedForMs: 30_000 });
    tokens.remember("short", caller, 1_005_000);
    tokens.remember("long", caller, 9_000_000);
    vi.advanceTimersByTime(4_999);
    expect([tokens.find("short"), tokens.find("long")]).toEqual([caller, caller]);
    vi.advanceTimersByTime(1);
    expect([tokens.find("short"), tokens.find("long")]).toEqual([undefined, caller]);
    vi.advanceTimersByTime(25_000);
    expect(tokens.find("long")).toBeUndefined();
  });

  it("never holds more than its bound: the oldest gives way", () => {
    const tokens = createVerifiedTokens({ entriesMax: 2, trustedForMs: 30_000 });
    for (const token of ["a", "b", "c"]) tokens.remember(token, caller, 9_000_000);
    expect(["a", "b", "c"].map((token) => tokens.find(token) !== undefined)).toEqual([false, true, true]);
  });

  it("finds nothing it was not told", () => {
    expect(createVerifiedTokens({ entriesMax: 2, trustedForMs: 30_000 }).find("x")).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { instantText } from "../src/instant-text.ts";

describe("an instant in a request", () => {
  it.each([
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31T12:00:00.1234567+02:00", "2026-01-31T10:00:00.123Z"],
    ["2026-01-01T00:00:00+23:00", "2025-12-31T01:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("%s is read as %s", (text, instant) => {
    expect(instantText.parse(text)).toBe(instant);
  });

  // Red when: `instantText` is `z.iso.datetime` alone; PostgreSQL refuses each of these, and the request is answered 500.
  it.each([
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    `2026-01-01T00:00:00.${"9".repeat(400)}Z`,
    "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "yesterday",
  ])("%s is refused", (text) => {
    expect(instantText.safeParse(text).success).toBe(false);
  });
});

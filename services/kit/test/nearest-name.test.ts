import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearestName } from "../src/nearest-name.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "abd", 1],
    ["abc", "acb", 1],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
  ])("of %j and %j is %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it("is symmetric, and zero for equal texts alone", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe("nearestName", () => {
  it("offers nothing where nothing is near", () => {
    expect(nearestName("quux", ["services", "defaults"])).toBeUndefined();
    expect(nearestName("anything", [])).toBeUndefined();
  });

  it("passes over letter case, dashes and underscores", () => {
    expect(nearestName("LATENCY_P95_MS_MAX", ["latencyP99MsMax", "latencyP95MsMax"])).toBe("latencyP95MsMax");
  });
});

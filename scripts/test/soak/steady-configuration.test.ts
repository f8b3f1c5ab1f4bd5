import { expect, it } from "vitest";
import { toParts } from "../../soak/steady-configuration.ts";

it("a run that a rule's window can hold is one part, a longer one is equal parts that add up to it", () => {
  expect(toParts(600)).toEqual([600]);
  expect(toParts(1_500)).toEqual([1_500]);
  expect(toParts(3_600)).toEqual([1_200, 1_200, 1_200]);
});

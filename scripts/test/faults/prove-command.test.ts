import { expect, it } from "vitest";
import { chooseProofs, toTable } from "../../faults/prove/prove-command.ts";

it("one fault, several, or all are chosen by name; a wrong name is answered with those there are", () => {
  expect(chooseProofs("errors").map(({ fault }) => fault)).toEqual(["errors"]);
  expect(chooseProofs("lock-wait, errors").map(({ fault }) => fault)).toEqual(["lock-wait", "errors"]);
  expect(chooseProofs(undefined)).toHaveLength(8);
  expect(() => chooseProofs("eror")).toThrow(/no fault "eror"; there are n-plus-one, .*lock-wait/);
});

it("the table shows what was measured, and below it what did not hold", () => {
  const sound = {
    fault: "errors",
    rule: "shop errorRatioMax",
    fireSeconds: 3.04,
    observed: "0.04 ratio",
    finding: undefined,
    findingSeconds: undefined,
    findings: [],
    clearSeconds: 39.96,
    besides: ["gateway errorRatioMax"],
    problems: [],
  };
  const broken = { ...sound, fault: "lost", fireSeconds: undefined, problems: ["not firing within 30 s"] };
  const lines = toTable([sound, broken]).split("\n");
  expect(lines[1]).toMatch(/^errors {2}shop errorRatioMax {2}0.04 ratio +3\.0 {2}none due +40\.0 {2}proven$/);
  expect(lines[2]).toMatch(/NOT PROVEN$/);
  expect(lines).toContain("lost: not firing within 30 s");
  expect(lines).toContain("errors also fires: gateway errorRatioMax");
});

import { describe, expect, it } from "vitest";
import { decideOutcome } from "../../src/deliveries/deliveries.logic.ts";

const DAY_MS = 86_400_000;
const unreachable = { isAboutMail: false, status: undefined };

describe("what becomes of a mail that could not be sent", () => {
  it.each([
    ["the server is away", unreachable, "failed"],
    ["the login is refused", { isAboutMail: false, status: 535 }, "failed"],
    ["the receiver is refused for now", { isAboutMail: true, status: 451 }, "failed"],
    ["the receiver is refused for good", { isAboutMail: true, status: 550 }, "dead"],
    ["the mail is refused for good", { isAboutMail: true, status: 554 }, "dead"],
    ["the address is none", { isAboutMail: true, status: undefined }, "dead"],
  ])("%s: %o is %s", (_what, failure, state) => {
    expect(decideOutcome(failure, 1, 0, 0).state).toBe(state);
  });

  it("doubles the pauses from one second to half a minute", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => decideOutcome(unreachable, attempt, 0, 1));
    expect(pauses.map((outcome) => outcome.state === "failed" && outcome.pauseMs)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it("spreads those that failed together over a quarter of the pause", () => {
    expect(decideOutcome(unreachable, 3, 0, 0)).toEqual({ state: "failed", pauseMs: 3_000 });
  });

  it("gives a mail up after three days, not before", () => {
    expect(decideOutcome(unreachable, 5_000, 3 * DAY_MS - 1, 0).state).toBe("failed");
    expect(decideOutcome(unreachable, 5_000, 3 * DAY_MS, 0).state).toBe("dead");
  });
});

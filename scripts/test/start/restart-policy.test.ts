import { expect, it } from "vitest";
import { defaultRestartPolicy, nextDelayMs } from "../../start/restart-policy.ts";

const policy = { firstDelayMs: 100, maxDelayMs: 1_000, limit: 6, startLimit: 2, stableMs: 1 };

it.each([
  { inARow: 0, delayMs: 100 },
  { inARow: 1, delayMs: 200 },
  { inARow: 3, delayMs: 800 },
  { inARow: 4, delayMs: 1_000 },
  { inARow: 5, delayMs: 1_000 },
  { inARow: 6, delayMs: undefined },
])("after $inARow restarts in a row waits $delayMs", ({ inARow, delayMs }) => {
  expect(nextDelayMs(policy, inARow, true)).toBe(delayMs);
});

it("gives up sooner on what was never up", () => {
  expect(nextDelayMs(policy, 1, false)).toBe(200);
  expect(nextDelayMs(policy, 2, false)).toBeUndefined();
});

it("bridges an outage of half a minute with its defaults", () => {
  const delays = Array.from(
    { length: defaultRestartPolicy.limit },
    (_, index) => nextDelayMs(defaultRestartPolicy, index, true) ?? 0,
  );
  expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThanOrEqual(30_000);
});

import { describe, expect, it } from "vitest";
import { RetryBudget, retryRatioMax } from "../../src/upstreams/retry-budget.ts";

describe("RetryBudget", () => {
  // Red when: tryRetry() does not draw on the budget.
  it("in the long run allows no more retries than a fifth of the requests", () => {
    const budget = new RetryBudget();
    let retries = 0;
    for (let request = 0; request < 10_000; request++) {
      budget.requested();
      if (budget.tryRetry()) retries += 1;
    }
    expect(retries / 10_000).toBeLessThan(retryRatioMax + 0.01);
    expect(retries / 10_000).toBeGreaterThan(retryRatioMax - 0.01);
  });

  it("has a reserve for services that are seldom called, which quiet times do not let grow", () => {
    const budget = new RetryBudget();
    for (let request = 0; request < 10_000; request++) budget.requested();
    let retries = 0;
    while (budget.tryRetry()) retries += 1;
    expect(retries).toBe(10);
  });
});

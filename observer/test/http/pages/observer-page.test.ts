import { expect, it } from "vitest";
import { startPages } from "./page-fixture.ts";
import { nowMs } from "./page-samples.ts";
import { selfOf } from "./view-samples.ts";

async function read(overrides: Parameters<typeof selfOf>[0]) {
  await using pages = await startPages({ readSelf: async () => selfOf(overrides) });
  return (await pages.request<string>("get", "/observer")).body;
}

it("lists everything that was refused or changed with its reason and count, and no reason that has none", async () => {
  const page = await read({});
  for (const [reason, count] of [
    ["not finite", "17"],
    ["malformed", "2"],
    ["attributes dropped", "3"],
    ["spans per trace max", "40"],
  ])
    expect(page).toContain(`<td class="main">${reason}</td><td class="number">${count}</td>`);
  expect(page).not.toContain("texts cut");
});

it.each([
  [nowMs - 15_000, "good"],
  [nowMs - 15_001, "bad"],
  [null, "bad"],
])("an observer that judged last at %s is shown as %s", async (lastAtMs, tone) => {
  const page = await read({ ticks: { lastAtMs, missed: 0, rules: 1, deadThresholds: 0 } });
  expect(page).toMatch(new RegExp(`<div class="tile ${tone}"><dt>Last judged`));
});

it("says that the database or the bus is away, and nothing of a bus that is not configured", async () => {
  const away = await read({ database: { ready: false }, bus: { open: false } });
  expect(away.match(/<dd>away<\/dd>/g)).toHaveLength(2);
  expect(await read({ bus: { open: null } })).not.toContain("<dt>Bus");
});

it("shows the mistakes of a changed configuration", async () => {
  const rejected = ["observer_config.json:3:5 latencyP95MsMax: must be a number"];
  expect(await read({ configuration: { hash: "a", rejected } })).toContain("3:5 latencyP95MsMax");
  expect(await read({ configuration: { hash: "a", rejected: [] } })).not.toContain("mistakes");
});

import { describe, expect, it } from "vitest";
import { createFaultSwitches, type FaultSwitches, faultRoutes } from "../src/fault-switches.ts";
import { createApp } from "../src/http/create-app.ts";
import { createLogger } from "../src/logger.ts";
import { startApp } from "../src/testing/http-client.ts";

function start(switches: FaultSwitches) {
  const logger = createLogger({ service: "test", level: "silent" });
  return startApp(
    createApp({ service: "test", version: "1", logger, routes: faultRoutes(switches), health: [] }),
  );
}

describe("fault switches", () => {
  it("are switched on and off over HTTP", async () => {
    const switches = createFaultSwitches(["n-plus-one", "slow-sql"], { enabled: true });
    await using client = await start(switches);
    const on = await client.request("PUT", "/internal/faults/n-plus-one", { body: { on: true } });
    expect(on).toMatchObject({ status: 200, body: { name: "n-plus-one", on: true } });
    expect(switches.isOn("n-plus-one")).toBe(true);
    expect((await client.request("GET", "/internal/faults")).body).toEqual({
      faults: [
        { name: "n-plus-one", on: true },
        { name: "slow-sql", on: false },
      ],
    });
    await client.request("PUT", "/internal/faults/n-plus-one", { body: { on: false } });
    expect(switches.isOn("n-plus-one")).toBe(false);
  });

  it("tell people what they do, and hear of a change once", async () => {
    const heard: boolean[] = [];
    const fault = { name: "slow-sql", description: "GET /x", switched: (on: boolean) => void heard.push(on) };
    const switches = createFaultSwitches([fault], { enabled: true });
    await using client = await start(switches);
    for (const on of [true, true, false]) {
      const put = await client.request("PUT", "/internal/faults/slow-sql", { body: { on } });
      expect(put.body).toEqual({ name: "slow-sql", on, description: "GET /x" });
    }
    expect(heard).toEqual([true, false]);
  });

  it("an unknown name is 404", async () => {
    await using client = await start(createFaultSwitches(["n-plus-one"], { enabled: true }));
    const answer = await client.request("PUT", "/internal/faults/nope", { body: { on: true } });
    expect(answer).toMatchObject({ status: 404, body: { code: "faults.unknown" } });
  });

  // Red when: faultRoutes no longer looks at `enabled`.
  it("nothing can be switched on, nor seen, where they are not enabled", async () => {
    const switches = createFaultSwitches(["n-plus-one"], { enabled: false });
    await using client = await start(switches);
    const put = await client.request("PUT", "/internal/faults/n-plus-one", { body: { on: true } });
    expect(put).toMatchObject({ status: 404, body: { code: "faults.disabled" } });
    expect((await client.request("GET", "/internal/faults")).status).toBe(404);
    expect(() => switches.set("n-plus-one", true)).toThrow();
    expect(switches.isOn("n-plus-one")).toBe(false);
  });
});

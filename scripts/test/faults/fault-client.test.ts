import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createFaultSwitches, faultRoutes } from "@kontor/kit/fault-switches";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listFaults, switchFault } from "../../faults/fault-client.ts";
import { findFreePorts } from "../../start/ports.ts";
import { type SystemUrls, toUrls } from "../../start/urls.ts";

const resources = new AsyncDisposableStack();
const switches = createFaultSwitches([{ name: "slow", description: "everything is slow" }], {
  enabled: true,
});
let urls: SystemUrls;

beforeAll(async () => {
  const logger = createLogger({ service: "test", level: "silent" });
  const app = createApp({
    service: "core-erp",
    version: "1",
    logger,
    routes: faultRoutes(switches),
    health: [],
  });
  const server = resources.use(await startApp(app));
  // A service without faults, and one that is away.
  const plain = createServer((_request, response) => void response.writeHead(404).end("{}"));
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));

  resources.defer(() => void plain.close());
  const auth = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  urls = { ...toUrls(await findFreePorts()), coreErp: server.url, auth };
});
afterAll(() => resources.disposeAsync());

it("lists the faults of the services that have some", async () => {
  const off = { service: "core-erp", name: "slow", on: false, description: "everything is slow" };
  expect(await listFaults(urls)).toEqual([off]);
});

it("switches a fault on and off, whichever service has it", async () => {
  expect(await switchFault(urls, "slow", true)).toMatchObject({ service: "core-erp", on: true });
  expect(switches.isOn("slow")).toBe(true);
  await switchFault(urls, "slow", false);
  expect(switches.isOn("slow")).toBe(false);
});

it("names the faults there are when asked for another", async () => {
  await expect(switchFault(urls, "slwo", true)).rejects.toThrow('There is no fault "slwo"; there are slow.');
});

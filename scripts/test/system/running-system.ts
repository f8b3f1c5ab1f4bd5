import { createTestClient, type TestClient } from "@kontor/kit/testing/http-client";
import { demoPassword } from "../../start/programs.ts";
import { type OpenSystemOptions, openSystem, type System } from "../../start/system.ts";
import { eventually } from "../start/eventually.ts";

/** The whole system on free ports, with nothing of the tester's own environment. */
export function openTestSystem(
  dataDir: string,
  options: Pick<OpenSystemOptions, "policy" | "observerConfig" | "servers" | "startDeadlineMs"> = {},
): Promise<System> {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  const environment = { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
  return openSystem({ dataDir, ports: "free", environment, ...options });
}

/** Kills a process and waits until it, and whoever fell with it, is up again. */
export async function killAndAwait(system: System, name: string): Promise<void> {
  const restarts = () => system.statuses().find((status) => status.name === name)?.restarts ?? 0;
  const before = restarts();
  system.kill(name, "SIGKILL");
  await eventually(() => restarts() > before, 20_000);
  await system.awaitUp(60_000);
}

export type Seller = TestClient & { token: string; customerId: string; sku: string };

/** Somebody who may order, logged in at the gateway, with a customer and an item to order for. */
export async function logInSeller(gatewayUrl: string, password = demoPassword): Promise<Seller> {
  const client = createTestClient(gatewayUrl);
  const body = { email: "sales@kontor.example", password };
  const { status, body: session } = await client.request("post", "/api/auth/login", { body });
  if (status !== 200) throw new Error(`log-in was answered ${status}: ${JSON.stringify(session)}`);
  const token: string = session.accessToken;
  const read = async (path: string) => {
    const { status, body } = await client.request("get", path, { token });
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const { customers } = await read("/api/customers?limit=1");
  const { items } = await read("/api/items?limit=1");
  return { ...client, token, customerId: customers[0].id, sku: items[0].sku };
}

/** @param key the idempotency key: the same one orders once */
export function placeOrder({ request, token, customerId, sku }: Seller, key: string) {
  return request("post", "/api/orders", {
    token,
    headers: { "idempotency-key": key },
    body: { customerId, lines: [{ sku, quantity: 1 }] },
  });
}

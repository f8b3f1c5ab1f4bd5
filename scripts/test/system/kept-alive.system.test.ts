import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listMails } from "../../clients/mail-client.ts";
import { defaultRestartPolicy } from "../../start/restart-policy.ts";
import type { System } from "../../start/system.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { eventually } from "../start/eventually.ts";
import { logInSeller, openTestSystem, placeOrder, type Seller } from "./running-system.ts";

let system: System;
let seller: Seller;
const ordered: string[] = [];
const begunAt = new Date();
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  const folder = resources.use(await openTemporaryFolder("system"));
  system = resources.use(await openTestSystem(folder.path));
  seller = await logInSeller(system.urls.gateway);
});
afterAll(() => resources.disposeAsync());

const statusOf = (name: string) => system.statuses().find((status) => status.name === name);

/** The order number of each mail about an order. */
async function listOrderMails(): Promise<string[]> {
  const mails = await listMails(system.urls.mail, begunAt);
  return mails.flatMap(({ subject }) => ordered.filter((number) => subject.includes(number)));
}

describe("kill -9 of", () => {
  const processes = ["gateway", "auth", "core-erp", "notification", "observer", "mail-catcher", "postgres"];
  it.each(processes)("%s: it is started again, and an order goes through", async (name) => {
    const before = statusOf(name);
    system.kill(name, "SIGKILL");
    await eventually(() => (statusOf(name)?.restarts ?? 0) > (before?.restarts ?? 0), 20_000);
    await system.awaitUp(30_000);
    expect(statusOf(name)?.pid).not.toBe(before?.pid);
    const key = randomUUID();
    // The same key: what was placed in an attempt whose answer was lost is not placed twice.
    const { body } = await eventually(async () => {
      const answer = await placeOrder(seller, key).catch(() => undefined);
      return answer?.status === 201 && answer;
    }, 30_000);
    ordered.push(body.number);
    await eventually(async () => (await listOrderMails()).some((number) => number === body.number), 30_000);
  });

  it("lost no order and mailed none twice", async () => {
    expect((await listOrderMails()).sort()).toEqual(ordered.toSorted());
    const { body } = await seller.request("get", "/api/orders?limit=50", { token: seller.token });
    const numbers = body.orders.map((order: { number: string }) => order.number);
    expect(numbers.filter((number: string) => ordered.includes(number)).sort()).toEqual(ordered.toSorted());
  });

  it("each of them was within the limit of restarts, and none of the others fell", () => {
    const restarts = system.statuses().map(({ restarts }) => restarts);
    expect(restarts.every((count) => count >= 1 && count <= defaultRestartPolicy.limit)).toBe(true);
  });
});

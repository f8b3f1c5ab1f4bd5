import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ContainerSystem } from "../../containers/system/container-system.ts";
import { eventually } from "../start/eventually.ts";
import { logInSeller, placeOrder } from "../system/running-system.ts";

/** Parts that fall come back with what they knew. */
export function describeRestart(running: () => ContainerSystem): void {
  const awaitHealthy = (service: string): Promise<true> =>
    eventually(async () => {
      const found = (await running().project.listContainers()).find((each) => each.service === service);
      return found?.state === "running" && found.health === "healthy";
    }, 90_000);

  describe("a part that is killed and started again", () => {
    it.each(["core-erp", "rabbitmq"])("%s: orders are taken again, and mailed", async (service) => {
      const { project, urls, readSecret } = running();
      await project.run(["kill", "--signal", "SIGKILL", service]);
      await project.run(["up", "--detach", "--no-build", "--no-deps", service]);
      await awaitHealthy(service);
      const seller = await logInSeller(urls.gateway, await readSecret("demo_password"));
      const key = randomUUID();
      const answer = await eventually(async () => {
        const tried = await placeOrder(seller, key);
        return tried.status === 201 && tried;
      }, 60_000);
      const number: string = answer.body.number ?? answer.body.order?.number;
      expect(number).toBeTruthy();
      await eventually(async () => {
        const response = await fetch(`${urls.mail}/api/messages?limit=1000`);
        return (await response.text()).includes(number);
      }, 60_000);
    });

    it("postgres: its data are there again", async () => {
      const { project, urls, readSecret } = running();
      const seller = await logInSeller(urls.gateway, await readSecret("demo_password"));
      const list = async () =>
        (await seller.request("get", "/api/orders?limit=100", { token: seller.token })).body;
      const before = (await list()).orders.length;
      await project.run(["kill", "--signal", "SIGKILL", "postgres"]);
      await project.run(["up", "--detach", "--no-build", "--no-deps", "postgres"]);
      await awaitHealthy("postgres");
      await eventually(async () => (await list()).orders?.length === before, 60_000);
    });
  });
}

import { afterAll, beforeAll, expect, it } from "vitest";
import { openBus } from "../../src/bus/open-bus.ts";
import { type RabbitmqServer, startRabbitmq } from "../../src/testing/servers/rabbitmq.ts";
import { describeBus } from "./describe-bus.ts";

const logger = { warn() {}, info() {} };
const retry = { limit: 2, delaySeconds: 0, delayMaxSeconds: 1 };

let rabbitmq: RabbitmqServer;
beforeAll(async () => {
  rabbitmq = await startRabbitmq();
}, 90_000);
afterAll(() => rabbitmq[Symbol.asyncDispose]());

const connect = (options: { retry?: typeof retry } = { retry }) =>
  openBus({ url: rabbitmq.url, applicationName: "test", logger, ...options });

describeBus("RabbitMQ", async () => ({ connect: () => connect(), async [Symbol.asyncDispose]() {} }));

it("names what to set when the bus is away", async () => {
  const away = openBus({ url: "amqp://a:secret@127.0.0.1:1/bus", applicationName: "test", logger });
  await expect(away).rejects.toMatchObject({
    code: "bus.unreachable",
    message: expect.stringContaining("BUS_URL"),
  });
  await expect(away).rejects.not.toMatchObject({ message: expect.stringContaining("secret") });
});

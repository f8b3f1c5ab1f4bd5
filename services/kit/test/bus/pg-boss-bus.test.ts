import { expect, it } from "vitest";
import { openBus } from "../../src/bus/open-bus.ts";
import { openTestBusDatabase } from "../../src/testing/test-database.ts";
import { describeBus } from "./describe-bus.ts";

const logger = { warn() {}, info() {} };
const retry = { limit: 2, delaySeconds: 0, delayMaxSeconds: 1 };

describeBus("pg-boss", async () => {
  const database = await openTestBusDatabase();
  return {
    connect: () => openBus({ url: database.url, applicationName: "test", logger, retry }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

it("names what to set when the bus is away", async () => {
  const away = openBus({ url: "postgres://a:b@127.0.0.1:1/bus", applicationName: "test", logger });
  await expect(away).rejects.toMatchObject({
    code: "bus.unreachable",
    message: expect.stringContaining("BUS_URL"),
  });
});

it("refuses a scheme it does not know", async () => {
  const unknown = openBus({ url: "kafka://x", applicationName: "test", logger });
  await expect(unknown).rejects.toMatchObject({ code: "bus.unknown_scheme" });
});

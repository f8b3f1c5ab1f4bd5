import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Channel, type ChannelModel, connect as connectPlainly } from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bus } from "../../src/bus/bus.ts";
import { openBus } from "../../src/bus/open-bus.ts";
import { type RabbitmqServer, startRabbitmq } from "../../src/testing/servers/rabbitmq.ts";
import { newEvent, uniqueName } from "./new-event.ts";

const SOON = { timeout: 20_000, interval: 50 };
const said: string[] = [];
const logger = {
  warn: (...words: unknown[]) => void said.push(words.map(String).join(" ")),
  info: (...words: unknown[]) => void said.push(words.map(String).join(" ")),
};

let rabbitmq: RabbitmqServer;
beforeAll(async () => {
  rabbitmq = await startRabbitmq();
}, 90_000);
afterAll(() => rabbitmq[Symbol.asyncDispose]());

const open = (retry = { limit: 2, delaySeconds: 0, delayMaxSeconds: 1 }): Promise<Bus> =>
  openBus({ url: rabbitmq.url, applicationName: "test", logger, retry });

/** The broker as somebody else sees it. */
async function withChannel<T>(work: (channel: Channel, model: ChannelModel) => Promise<T>): Promise<T> {
  const model = await connectPlainly(rabbitmq.url);
  try {
    return await work(await model.createChannel(), model);
  } finally {
    await model.close();
  }
}

/** Subscribes once, so that the queues are there, and goes. */
async function makeQueues(thing: string): Promise<string> {
  await using bus = await open();
  await bus.subscribe(thing, "mail", async () => {});
  return `${thing}/mail`;
}

async function collect(bus: Bus, thing: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  await bus.subscribe(thing, "mail", async ({ payload }) => void seen.push(payload));
  return seen;
}

describe("the queues in RabbitMQ", () => {
  it("wait longer before each further try", async () => {
    await using bus = await open({ limit: 3, delaySeconds: 0.2, delayMaxSeconds: 0.5 });
    const thing = uniqueName();
    const calledAt: number[] = [];
    await bus.subscribe(thing, "mail", async () => {
      calledAt.push(performance.now());
      throw new Error("not yet");
    });
    await bus.publish(newEvent(thing, "x"));
    await expect.poll(() => bus.readDeadLetters(thing, "mail", 1), SOON).toHaveLength(1);
    const pauses = calledAt.slice(1).map((at, index) => at - (calledAt[index] ?? 0));
    expect(pauses).toHaveLength(3);
    for (const [index, leastMs] of [190, 390, 490].entries()) expect(pauses[index]).toBeGreaterThan(leastMs);
  });

  // Red when: the queue is declared without x-delivery-limit or without a place for dead letters.
  it("make a dead letter of an event that takes its consumer down each time", async () => {
    const thing = uniqueName();
    const queue = await makeQueues(thing);
    await using bus = await open();
    await bus.publish(newEvent(thing, "deadly"));
    await withChannel(async (_, model) => {
      for (let times = 0; times <= 20; times++) {
        const channel = await model.createChannel();
        await expect.poll(() => channel.get(queue, { noAck: false }), SOON).toBeTruthy();
        // A channel that ends with an event in hand, as with a process that is killed.
        await channel.close();
      }
    });
    await expect.poll(() => bus.readDeadLetters(thing, "mail", 5), SOON).toHaveLength(1);
    const [letter] = await bus.readDeadLetters(thing, "mail", 5);
    expect(letter).toMatchObject({ event: { payload: "deadly" }, error: expect.stringContaining("lost") });
    expect(Date.now() - Date.parse(letter?.failedAt ?? "")).toBeLessThan(60_000);
  });

  it("make a dead letter of what is no event", async () => {
    await using bus = await open();
    const thing = uniqueName();
    const seen = await collect(bus, thing);
    await withChannel(async (_, model) => {
      const channel = await model.createConfirmChannel();
      channel.publish("events", thing, Buffer.from("not JSON"), { messageId: "strange" });
      await channel.waitForConfirms();
    });
    await bus.publish(newEvent(thing, "good"));
    await expect.poll(() => seen, SOON).toEqual(["good"]);
    await expect.poll(() => bus.readDeadLetters(thing, "mail", 5), SOON).toHaveLength(1);
    expect(await bus.readDeadLetters(thing, "mail", 5)).toMatchObject([
      { event: { id: "strange", payload: "not JSON" }, error: expect.stringContaining("cannot be read") },
    ]);
  });

  it("give the newest dead letters first, and keep them", async () => {
    await using bus = await open({ limit: 0, delaySeconds: 0, delayMaxSeconds: 0 });
    const thing = uniqueName();
    await bus.subscribe(thing, "mail", async () => {
      throw new Error("never");
    });
    for (let n = 0; n < 5; n++) {
      await bus.publish(newEvent(thing, n));
      await expect.poll(() => bus.readDeadLetters(thing, "mail", 9), SOON).toHaveLength(n + 1);
    }
    for (let again = 0; again < 3; again++) {
      const letters = await bus.readDeadLetters(thing, "mail", 2);
      expect(letters.map(({ event }) => event.payload)).toEqual([4, 3]);
    }
    expect(await bus.readDeadLetters(uniqueName(), "mail", 2)).toEqual([]);
  });

  it("come back by themselves when somebody deletes them", async () => {
    await using bus = await open();
    const thing = uniqueName();
    const seen = await collect(bus, thing);
    await withChannel((channel) => channel.deleteQueue(`${thing}/mail`));
    const publishUntilSeen = async () => {
      await bus.publish(newEvent(thing, "again")).catch(() => {});
      return seen.length;
    };
    await expect.poll(publishUntilSeen, SOON).toBeGreaterThan(0);
  });

  it("are not taken over when they have other settings, and the error says so", async () => {
    const thing = uniqueName();
    await withChannel((channel) => channel.assertQueue(`${thing}/mail`, { durable: true }));
    await using bus = await open();
    await expect(bus.subscribe(thing, "mail", async () => {})).rejects.toMatchObject({
      code: "bus.queue_differs",
      message: expect.stringContaining(`${thing}/mail`),
    });
  });
});

describe("the connection to RabbitMQ", () => {
  it("says what the broker says about a wrong password, and not the password", async () => {
    const url = rabbitmq.url.replace("guest:guest", "guest:my-password");
    const failure = await openBus({ url, applicationName: "test", logger }).catch((error: Error) => error);
    expect(failure).toMatchObject({
      code: "bus.unreachable",
      message: expect.stringContaining("ACCESS_REFUSED"),
    });
    expect(String(failure)).not.toContain("my-password");
  });

  // Red when: `publish` does not wait for the consumers of its process, and the broker forgot a new binding.
  it("is made again after kill -9, with all consumers; until then an event is refused at once", async () => {
    await using bus = await open();
    const thing = uniqueName();
    const seen = await collect(bus, thing);
    await bus.publish(newEvent(thing, "before"));
    await expect.poll(() => seen, SOON).toEqual(["before"]);
    await rabbitmq.stop("SIGKILL");
    await expect
      .poll(
        () =>
          bus.ping().then(
            () => "up",
            () => "away",
          ),
        SOON,
      )
      .toBe("away");
    await expect(bus.publish(newEvent(thing, "lost"))).rejects.toMatchObject({
      code: "bus.unconfirmed",
      // It was not waited for.
      message: expect.not.stringContaining("no answer within"),
    });
    await rabbitmq.restart();
    await expect
      .poll(
        () =>
          bus.publish(newEvent(thing, "after")).then(
            () => true,
            () => false,
          ),
        SOON,
      )
      .toBe(true);
    await expect.poll(() => seen, SOON).toContain("after");
    expect(said.filter((line) => line.includes("the bus is back")).length).toBeGreaterThan(0);
  });

  it("gives up on a broker that hangs, and goes on when it wakes", async () => {
    await using bus = await open();
    const thing = uniqueName();
    const seen = await collect(bus, thing);
    rabbitmq.signal("SIGSTOP");
    try {
      await expect(bus.publish(newEvent(thing, "into the void"))).rejects.toMatchObject({
        code: "bus.unconfirmed",
      });
    } finally {
      rabbitmq.signal("SIGCONT");
    }
    await expect
      .poll(
        () =>
          bus.publish(newEvent(thing, "awake")).then(
            () => true,
            () => false,
          ),
        SOON,
      )
      .toBe(true);
    await expect.poll(() => seen, SOON).toContain("awake");
  });

  // Red when: publishing and consuming share a connection.
  it("refuses events while the broker is short of disk, and still takes what waits", async () => {
    await using bus = await open();
    const thing = uniqueName();
    await makeQueues(thing);
    for (let n = 0; n < 3; n++) await bus.publish(newEvent(thing, n));
    const file = join(rabbitmq.folder, "rabbitmq.conf");
    const configuration = await readFile(file, "utf8");
    await writeFile(file, `${configuration}disk_free_limit.absolute = 900000GB\n`);
    await rabbitmq.restart();
    try {
      const blocked = () => bus.publish(newEvent(thing, "too much")).catch((error: Error) => error.message);
      await expect.poll(blocked, SOON).toContain("short of disk");
      const seen = await collect(bus, thing);
      await expect.poll(() => seen.slice(0, 3), SOON).toEqual([0, 1, 2]);
    } finally {
      await writeFile(file, configuration);
      await rabbitmq.restart();
    }
    await expect
      .poll(
        () =>
          bus.publish(newEvent(thing, "room")).then(
            () => true,
            () => false,
          ),
        SOON,
      )
      .toBe(true);
  });
});

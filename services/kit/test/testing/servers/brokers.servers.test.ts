import { access } from "node:fs/promises";
import { connect } from "amqplib";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { startRabbitmq } from "../../../src/testing/servers/rabbitmq.ts";
import { startRedis } from "../../../src/testing/servers/redis.ts";

describe("startRedis", () => {
  it("keeps its port, and when durable its data, over a kill and a restart", async () => {
    await using server = await startRedis({ durable: true });
    const redis = new Redis(server.url, { lazyConnect: true });
    await redis.set("kept", "yes");
    const { pid } = server;
    await server.stop();
    await server.restart();
    expect(await redis.get("kept")).toBe("yes");
    expect(server.pid).not.toBe(pid);
    redis.disconnect();
  });

  it("leaves no process and no folder", async () => {
    const server = await startRedis();
    const { pid, folder } = server;
    await server[Symbol.asyncDispose]();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(access(folder)).rejects.toThrow("ENOENT");
  });
});

describe("startRabbitmq", () => {
  it("keeps a durable queue over a kill and a restart", async () => {
    await using server = await startRabbitmq();
    const first = await connect(server.url);
    first.on("error", () => {});
    const channel = await first.createConfirmChannel();
    channel.on("error", () => {});
    await channel.assertQueue("orders", { durable: true });
    channel.sendToQueue("orders", Buffer.from("one"), { persistent: true });
    await channel.waitForConfirms();
    await server.restart();
    const second = await connect(server.url);
    const { messageCount } = await (await second.createChannel()).checkQueue("orders");
    expect(messageCount).toBe(1);
    await second.close();
  });

  it("answers the management API where its plugin is asked for", async () => {
    await using server = await startRabbitmq({ plugins: ["rabbitmq_management"] });
    const response = await fetch(`${server.managementUrl}/api/overview`, {
      headers: { authorization: `Basic ${btoa("guest:guest")}` },
    });
    expect(response.status).toBe(200);
  });
});

import express from "express";
import { describe, expect, it } from "vitest";
import { listen } from "../../src/http/listen.ts";

describe("listen", () => {
  it("a taken port is an error that names the port and the variable to set", async () => {
    await using first = await listen(express(), { port: 0 });
    await expect(listen(express(), { port: first.port, variable: "OTLP_PORT" })).rejects.toMatchObject({
      code: "listen.port_taken",
      message: expect.stringMatching(new RegExp(`Port ${first.port} .* OTLP_PORT`)),
    });
  });

  it("an address that is not of this machine is an error that names it", async () => {
    await expect(listen(express(), { port: 0, host: "192.0.2.1" })).rejects.toMatchObject({
      code: "listen.not_permitted",
    });
  });

  // Red when: drain() loses its deadline.
  it("cuts what is still in flight at the deadline", async () => {
    const arrived = Promise.withResolvers<void>();
    const app = express();
    app.get("/", () => arrived.resolve());
    const listening = await listen(app, { port: 0, drainDeadlineMs: 20 });
    const answer = expect(fetch(listening.url)).rejects.toThrow();
    await arrived.promise;
    await listening[Symbol.asyncDispose]();
    await answer;
  });

  it("does not wait for idle kept connections", async () => {
    const app = express();
    app.get("/", (_req, res) => void res.send("ok"));
    const listening = await listen(app, { port: 0, drainDeadlineMs: 60_000 });
    await (await fetch(listening.url)).text();
    await listening[Symbol.asyncDispose]();
    await expect(fetch(listening.url)).rejects.toThrow();
  });
});

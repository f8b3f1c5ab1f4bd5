import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { BodyMemory, readBody } from "../../src/proxy/read-body.ts";
import { startInstance } from "../start-gateway.ts";

const never = new AbortController().signal;

describe("bodies on their way", () => {
  // Red when: what a body that failed took of the memory is not given back, or all together are not bounded.
  it("are bounded together; what is beyond is a 503, and what is done with makes room", async () => {
    const memory = new BodyMemory(10, 20);
    await using instance = await startInstance((req, res) => {
      readBody(req, memory, never).then(
        (body) => res.end(body),
        (error) => res.end(String(error.code)),
      );
    });
    const send = async (body: string) => (await fetch(instance.url, { method: "POST", body })).text();
    expect(await Promise.all([send("a".repeat(10)), send("b".repeat(10))])).toEqual([
      "a".repeat(10),
      "b".repeat(10),
    ]);
    expect(await send("c")).toBe("gateway.overloaded");
    memory.give(10);
    expect(await send("d".repeat(11))).toBe("request.too_large");
    expect(await send("e".repeat(10))).toBe("e".repeat(10));
  });

  // Red when: `readBody` gives nothing back of a body that was not read to its end.
  it("of a client that hangs up in the middle hold nothing any more", async () => {
    const memory = new BodyMemory(10);
    const ended = Promise.withResolvers<unknown>();
    const arrived = Promise.withResolvers<void>();
    await using instance = await startInstance((req) => {
      req.once("data", () => arrived.resolve());
      readBody(req, memory, never).catch((error) => ended.resolve([error.code, req.errored === error]));
    });
    const client = request(instance.url, { method: "POST", headers: { "content-length": 10 } });
    client.on("error", () => {}).write("x".repeat(9));
    await arrived.promise;
    client.destroy();
    expect(await ended.promise).toEqual(["ECONNRESET", true]);
    expect(memory.usedBytes).toBe(0);
  });
});

import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { type ChangeStreamOptions, createChangeStream } from "@kontor/observer/http/live/change-stream";
import { expect, it, vi } from "vitest";

async function startStream(options: Partial<ChangeStreamOptions> = {}) {
  const stream = createChangeStream({ readState: () => "", ...options });
  const app = createApp({
    ...{ service: "observer", version: "1", health: [], routes: [] },
    logger: createLogger({ service: "observer", level: "silent" }),
    raw: (one) => void one.get("/events", stream.handler),
  });
  const client = await startApp(app);
  return {
    ...client,
    stream,
    async [Symbol.asyncDispose]() {
      stream[Symbol.dispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}

/** Opens the stream and gives its text piece by piece; undefined at its end. */
async function follow(url: string) {
  const response = await fetch(`${url}/events`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error("an answer has a body");
  const next = async () => (await reader.read()).value;
  expect(await next()).toContain("retry: 5000\n\n");
  return { response, next, leave: () => reader.cancel() };
}

const changed = "event: changed\ndata: \n\n";

// Red when: `note` waits for its beat although the state differs.
it("tells at once when the state changes, and of moving values once in a beat", async () => {
  let state = "a";
  await using events = await startStream({ readState: () => state, beatMs: 5_000 });
  events.stream.note(0);
  const { response, next } = await follow(events.url);
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("cache-control")).toBe("no-store");
  for (const atMs of [1_000, 4_999]) events.stream.note(atMs);
  events.stream.note(5_000);
  expect(await next()).toBe(changed);
  state = "b";
  events.stream.note(5_001);
  expect(await next()).toBe(changed);
  events.stream.note(5_002);
  events.stream[Symbol.dispose]();
  expect(await next()).toBeUndefined();
});

it("goes on telling after the clock was set back", async () => {
  await using events = await startStream();
  events.stream.note(1_000_000);
  const { next } = await follow(events.url);
  events.stream.note(1_000);
  expect(await next()).toBe(changed);
});

it("sends a sign of life while nothing changes", async () => {
  await using events = await startStream({ heartbeatMs: 20 });
  const { next } = await follow(events.url);
  expect(await next()).toContain(": alive\n\n");
});

it("refuses more than `clientsMax`, and has room again when one leaves", async () => {
  await using events = await startStream({ clientsMax: 1 });
  const { leave } = await follow(events.url);
  const { status, body } = await events.request("get", "/events");
  expect([status, body.code]).toEqual([503, "observer.too_many_listeners"]);
  await leave();
  await vi.waitFor(() => expect(events.stream.clientCount).toBe(0), 5_000);
  await follow(events.url);
});

// Red when: disposing leaves answers open, on which closing the server would wait.
it("ends every answer when it is disposed, and gives none afterwards", async () => {
  const events = await startStream();
  const { next } = await follow(events.url);
  await events[Symbol.asyncDispose]();
  expect(await next()).toBeUndefined();
});

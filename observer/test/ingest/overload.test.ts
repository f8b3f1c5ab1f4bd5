import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { openOtlpServer } from "../../src/ingest/open-otlp-server.ts";
import { createOtlpApp } from "../../src/ingest/otlp-app.ts";
import { openTestStore } from "../store/open-test-store.ts";
import { openTemporaryFolder } from "../store/records.ts";
import { attributes, jsonSpan, jsonTraces, shippedLimits } from "./decode-fixture.ts";

const spansPerRequest = 50;

function request(): string {
  const spans = Array.from({ length: spansPerRequest }, () =>
    jsonSpan({
      traceId: randomBytes(16).toString("hex"),
      spanId: randomBytes(8).toString("hex"),
      attributes: attributes({ payload: randomBytes(500).toString("base64") }),
    }),
  );
  return JSON.stringify(jsonTraces(spans));
}

// Red when: what is not stored yet is not bounded, a span that was answered 200 is missing, or taking does not begin again.
it("an overloaded observer holds senders back, loses nothing it took, and takes again at once when it has caught up", async () => {
  await using folder = await openTemporaryFolder();
  await using store = await openTestStore(folder.path, { maxLagBytes: 300_000, commitIntervalMs: 200 });
  const app = createOtlpApp({
    ...{ journal: store.journal, hashKey: store.hashKey, now: () => Date.parse("2026-11-24T12:00:00Z") },
    onBatch: () => undefined,
    onError: () => undefined,
    limits: shippedLimits,
  });
  await using server = await openOtlpServer(app.listener, { port: 0, host: "127.0.0.1" });
  let highestLagBytes = 0;
  const post = async (): Promise<number> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${server.url}/v1/traces`, { method: "POST", headers, body: request() });
    await response.arrayBuffer();
    highestLagBytes = Math.max(highestLagBytes, store.journal.lagBytes);
    return response.status;
  };
  const senders = Array.from({ length: 8 }, async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 40; index++) statuses.push(await post());
    return statuses;
  });
  const statuses = (await Promise.all(senders)).flat();
  const accepted = statuses.filter((status) => status === 200).length;
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  // Requests that were being read when the bound was met may still come over it, one for each sender.
  expect(highestLagBytes).toBeLessThan(300_000 + 9 * spansPerRequest * 1_200);

  const deadline = Date.now() + 5_000;
  let status = await post();
  while (status !== 200 && Date.now() < deadline) status = await post();
  expect(status).toBe(200);
  await store.caughtUp();
  expect((await store.stats()).rows.spans).toBe((accepted + 1) * spansPerRequest);
});

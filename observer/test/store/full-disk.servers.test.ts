import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { attributes, jsonSpan, jsonTraces } from "../ingest/decode-fixture.ts";
import { type SmallDisk, startOnSmallDisk } from "./small-disk.ts";

const diskMb = 48;
const ballastBytes = 24e6;
const spansPerRequest = 50;

function request(): string {
  const endTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const spans = Array.from({ length: spansPerRequest }, () =>
    jsonSpan({
      traceId: randomBytes(16).toString("hex"),
      spanId: randomBytes(8).toString("hex"),
      ...{ startTimeUnixNano: endTimeUnixNano, endTimeUnixNano },
      // Of no use to any compression.
      attributes: attributes({ payload: randomBytes(2_000).toString("base64") }),
    }),
  );
  return JSON.stringify(jsonTraces(spans));
}

function post({ otlpUrl }: SmallDisk): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${otlpUrl}/v1/traces`, { method: "POST", headers, body: request() });
}

/** Sends until it is told otherwise. @returns that answer, and how many requests were taken before */
async function fill(disk: SmallDisk): Promise<{ refusal: Response; accepted: number }> {
  for (let accepted = 0; accepted < 2_000; accepted++) {
    const response = await post(disk);
    if (response.status !== 200) return { refusal: response, accepted };
    await response.arrayBuffer();
  }
  throw new Error("the disk did not get full");
}

interface StoreView {
  readonly rows: { readonly spans: number };
  readonly failure: string | null;
}

async function readStore({ url }: SmallDisk): Promise<StoreView> {
  const response = await fetch(`${url}/api/v1/self`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { store: StoreView }).store;
}

async function until<T>(work: () => Promise<T>, isWanted: (found: T) => boolean): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const found = await work();
    if (isWanted(found)) return found;
    if (performance.now() > deadline)
      throw new Error(`did not come to it within 30 s: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// Red when: a refusal is no 503 or says neither when to come again nor which folder is full, part of a refused request is stored, an
// accepted one is not, or only a restart mends the store's thread.
it("a disk that is really full: what was accepted stays, senders are told to come again, and with space all goes on", async () => {
  await using disk = await startOnSmallDisk(diskMb);
  const ballast = join(disk.outsideFolder, "..", "ballast");
  await writeFile(ballast, Buffer.alloc(ballastBytes));

  let { refusal, accepted } = await fill(disk);
  expect(refusal.status).toBe(503);
  expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(Number(refusal.headers.get("retry-after"))).toBeLessThanOrEqual(3);
  const { message } = (await refusal.json()) as { message: string };
  expect(message).toContain(`No space is left for ${join(disk.folder, "telemetry")}`);

  // The store's own thread meets the full disk too. The observer answers all the while, and says why it does not store.
  const stuck = await until(
    () => readStore(disk),
    ({ failure }) => failure !== null,
  );
  expect(stuck.rows.spans).toBeLessThan(accepted * spansPerRequest);
  // What the store's thread lets go of when it begins anew may take another request or two.
  accepted += (await fill(disk)).accepted;

  await rm(ballast);
  await until(
    async () => (await post(disk)).status,
    (status) => status === 200,
  );
  accepted += 1;
  const mended = await until(
    () => readStore(disk),
    ({ rows }) => rows.spans >= accepted * spansPerRequest,
  );
  expect(mended).toMatchObject({ failure: null, rows: { spans: accepted * spansPerRequest } });
  expect(disk.isRunning()).toBe(true);
});

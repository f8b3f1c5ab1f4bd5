import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, type Observing, startObserving } from "../cli/observing.ts";
import {
  type FloodPart,
  gaugesByUser,
  goodSeries,
  goodSpan,
  newSenders,
  requestsByPath,
  spansByPath,
} from "./flood-telemetry.ts";

const run = promisify(execFile);
const windowSeconds = 300;
const configuration = {
  defaults: { windowSeconds, minRequests: 1, latencyP95MsMax: 10_000, requestsPerSecondMax: 1e6 },
  ingest: { sendersMax: 500 },
};
/** Loosely: measured were 560. */
const memoryMbMax = 900;

const stack = new AsyncDisposableStack();
let observer: Observing;
beforeAll(async () => {
  const { path } = stack.use(await makeFolder());
  const config = join(path, "config.json");
  await writeFile(config, JSON.stringify(configuration));
  observer = stack.use(await startObserving(join(path, "data"), { args: ["--config", config] }));
});
afterAll(() => stack.disposeAsync());

interface RuleView {
  readonly service: string;
  readonly endpoint: string | null;
  readonly rule: string;
  readonly observed: number | null;
  readonly count: number | null;
}

interface Sent {
  readonly items: number;
  readonly refused: number;
}

/** Sends as an exporter does: again when it is told to come later, never again what was refused. */
async function send({ path, items, document }: FloodPart): Promise<Sent> {
  for (let attempt = 1; ; attempt++) {
    const response = await observer.send(path, document);
    if (response.status === 200) {
      const { partialSuccess = {} } = (await response.json()) as { partialSuccess?: Record<string, string> };
      return {
        items,
        refused: Number(partialSuccess.rejectedDataPoints ?? partialSuccess.rejectedSpans ?? 0),
      };
    }
    expect([429, 503]).toContain(response.status);
    if (attempt > 20) throw new Error("told to come later twenty times");
    await sleep(Number(response.headers.get("retry-after")) * 1000);
  }
}

async function sendAll(count: number, perRequest: number, make: (from: number, items: number) => FloodPart) {
  const all: Sent[] = [];
  for (let from = 0; from < count; from += perRequest) all.push(await send(make(from, perRequest)));
  return { items: count, refused: all.reduce((sum, { refused }) => sum + refused, 0) };
}

async function readMemoryMb(): Promise<number> {
  const { stdout } = await run("ps", ["-o", "rss=", "-p", String(observer.process.child.pid)]);
  return Number(stdout) / 1024;
}

const readSelf = () => observer.eventually("/api/v1/self", (body) => body);

describe("a million different attribute values and routes", () => {
  let memoryMb = 0;
  const good = { sent: 0, refused: 0 };
  let flood: { gauges: Sent; requests: Sent; spans: Sent; senders: Sent };

  beforeAll(async () => {
    const now = () => Date.now();
    const isFlooding = new AbortController();
    // Beside the flood a sender that behaves goes on, and memory is watched.
    const beside = (async () => {
      for (let index = 0; !isFlooding.signal.aborted; index++) {
        const answers = [await send(goodSpan(index, now())), await send(goodSeries(200, now()))];
        good.sent += 1;
        good.refused += answers.reduce((sum, { refused }) => sum + refused, 0);
        memoryMb = Math.max(memoryMb, await readMemoryMb());
        await sleep(200);
      }
    })();
    const [gauges, requests] = await Promise.all([
      sendAll(600_000, 5_000, (from, items) => gaugesByUser(from, items, now())),
      sendAll(200_000, 5_000, (from, items) => requestsByPath(from, items, now())),
    ]);
    const [spans, senders] = await Promise.all([
      sendAll(200_000, 2_000, (from, items) => spansByPath(from, items, now())),
      sendAll(20_000, 1_000, (from, items) => newSenders(from, items, now())),
    ]);
    flood = { gauges, requests, spans, senders };
    isFlooding.abort();
    await beside;
  }, 240_000);

  // Red when: the guard forgets a bound, or the windows keep a ring for each route.
  it("leave memory bounded", async () => {
    expect(Math.max(memoryMb, await readMemoryMb())).toBeLessThan(memoryMbMax);
    const { ingest, windows } = await readSelf();
    expect(ingest.series).toBeLessThanOrEqual(100_000);
    expect(windows.ringBytes).toBeLessThanOrEqual(96 * 1_048_576);
  });

  it("are refused beyond the bound or added up, and every refusal is answered and counted", async () => {
    const { ingest } = await readSelf();
    const counted = new Map<string, number>(
      ingest.refused.map((each: { reason: string; count: number }) => [each.reason, each.count]),
    );
    // 5,000 series of one metric of one resource are kept.
    expect(flood.gauges.refused).toBe(595_000);
    expect(counted.get("too_many_series")).toBe(595_000);
    expect(flood.senders.refused).toBeGreaterThan(19_000);
    expect(counted.get("too_many_senders")).toBe(flood.senders.refused);
    expect([flood.requests.refused, flood.spans.refused]).toEqual([0, 0]);
    expect(ingest.altered.series_overflowed).toBe(195_000);
    expect(ingest.accepted.spans).toBe(200_000 + good.sent);
  });

  // Red when: points that join the overflow series are taken for repeats of each other.
  it("lose no request: what is beyond the bound is counted with the other routes", async () => {
    const requestsOf = (rules: readonly RuleView[], service: string) => {
      const rate = rules.find((each) => each.service === service && each.rule === "requestsPerSecondMax");
      return Math.round((rate?.observed ?? 0) * windowSeconds);
    };
    // A window ends with the last whole second: the end of the flood is judged a tick or two later.
    const rules: readonly RuleView[] = await observer.eventually("/api/v1/rules", (body) =>
      requestsOf(body.rules, "flood-of-spans") >= 200_000 ? body.rules : undefined,
    );
    expect([requestsOf(rules, "flood"), requestsOf(rules, "flood-of-spans")]).toEqual([200_000, 200_000]);
    const others = rules.find(
      (each) =>
        each.endpoint === "(other routes)" &&
        each.rule === "latencyP95MsMax" &&
        each.service === "flood-of-spans",
    );
    expect(others?.count).toBe(199_000);
  });

  // Red when: one sender's series use up the room of another's.
  it("take nothing from a sender that behaves", async () => {
    expect(good.refused).toBe(0);
    expect(good.sent).toBeGreaterThan(5);
    const path = "/api/v1/rules?service=good&rule=latencyP95MsMax";
    const rule = await observer.eventually(path, ({ rules }) =>
      rules.find((each: { count: number }) => each.count === good.sent),
    );
    expect(rule).toMatchObject({ endpoint: "GET /good", state: "ok" });
  });
});

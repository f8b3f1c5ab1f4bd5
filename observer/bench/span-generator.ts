import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createRequestMaker, spansPerTrace } from "./span-load.ts";

/** What a generator is told, over IPC. */
export interface GeneratorOrder {
  readonly url: string;
  readonly spansPerSecond: number;
  readonly seconds: number;
}

/** What it saw. Latencies are from the moment a request was due, so that a stalled receiver cannot hide behind the sender's waiting. */
export interface GeneratorReport {
  readonly sentSpans: number;
  readonly acceptedSpans: number;
  readonly refusedRequests: number;
  readonly failedRequests: number;
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** A receiver that hangs counts as one that failed. */
const answerMsMax = 30_000;
const tracesPerRequest = 100;
const spansPerRequest = tracesPerRequest * spansPerTrace;
const makeRequest = createRequestMaker(tracesPerRequest);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

process.on("message", (order: GeneratorOrder) => {
  void generate(order).then((report) => process.send?.(report));
});
process.send?.("ready");

/** Sends at a steady rate whatever the answers take, and says what became of it. */
async function generate({ url, spansPerSecond, seconds }: GeneratorOrder): Promise<GeneratorReport> {
  const counts = { sentSpans: 0, acceptedSpans: 0, refusedRequests: 0, failedRequests: 0 };
  const latenciesMs: number[] = [];
  const open = new Set<Promise<void>>();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const total = Math.round((spansPerSecond * seconds) / spansPerRequest);
  for (let index = 0; index < total; index++) {
    const dueAt = startedAt + (index * spansPerRequest * 1000) / spansPerSecond;
    const body = makeRequest();
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    counts.sentSpans += spansPerRequest;
    const sent = post(url, body).then((status) => {
      latenciesMs.push(performance.now() - dueAt);
      if (status === 200) counts.acceptedSpans += spansPerRequest;
      else if (status === undefined) counts.failedRequests++;
      else counts.refusedRequests++;
    });
    open.add(sent);
    void sent.finally(() => open.delete(sent));
  }
  await Promise.all(open);
  const used = process.cpuUsage(cpu);
  const passed = (performance.now() - startedAt) / 1000;
  return { ...counts, latenciesMs, seconds: passed, cpuSeconds: (used.user + used.system) / 1e6 };
}

/** The status, or undefined where there was no answer. */
function post(url: string, body: Buffer): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = {
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
      "content-length": body.length,
    };
    const signal = AbortSignal.timeout(answerMsMax);
    const sent = request(url, { method: "POST", agent, headers, signal }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode));
      response.once("error", () => resolve(undefined));
    });
    sent.once("error", () => resolve(undefined));
    sent.end(body);
  });
}

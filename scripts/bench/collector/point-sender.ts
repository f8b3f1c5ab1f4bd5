import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { PointPayload } from "./point-payload.ts";

/** What became of the requests. Each has a number, which is the value of all its points. */
export type Sent = {
  /** By number: 0 never sent, 1 sent and not known to be taken, 2 answered with 200. */
  outcome: Uint8Array;
  offered: number;
  accepted: number;
  /** Answered with 429 or 503: the sender is to try again. */
  refused: number;
  /** Answered otherwise, or not at all within the deadline. */
  failed: number;
  /** Due while as many as may be were under way. */
  heldBack: number;
};

export type PointSender = Disposable & {
  readonly sent: Sent;
  /** As fast as answers come. @returns requests accepted a second */
  saturate(seconds: number): Promise<number>;
  /** In open loop, whether answers come or not; resolves when the last answer has come. */
  send(requestsPerSecond: number, seconds: number): Promise<void>;
};

const inSaturation = 8;
const underWayMax = 96;
const deadlineMs = 10_000;
const numberMax = 2_000_000;

/**
 * @param otlpUrl base of OTLP/HTTP
 * @param firstTimeNs of request 0; each later one is a millisecond later, so that no two points of a series are the same
 * @param signal ends sending early, with an error
 */
export function createPointSender(
  otlpUrl: string,
  payload: PointPayload,
  firstTimeNs: bigint,
  signal?: AbortSignal,
): PointSender {
  const agent = new Agent({ keepAlive: true, maxSockets: underWayMax });
  const sent: Sent = {
    outcome: new Uint8Array(numberMax),
    offered: 0,
    accepted: 0,
    refused: 0,
    failed: 0,
    heldBack: 0,
  };
  const sendNext = async (): Promise<void> => {
    const number = sent.offered++;
    const body = payload.fill(firstTimeNs + BigInt(number) * 1_000_000n, BigInt(number));
    sent.outcome[number] = 1;
    const status = await post(agent, `${otlpUrl}/v1/metrics`, body);
    if (status === 200) {
      sent.outcome[number] = 2;
      sent.accepted += 1;
    } else if (status === 429 || status === 503) sent.refused += 1;
    else sent.failed += 1;
  };
  return {
    sent,
    async saturate(seconds) {
      const before = sent.accepted;
      const end = performance.now() + seconds * 1_000;
      const loop = async (): Promise<void> => {
        while (performance.now() < end) {
          signal?.throwIfAborted();
          await sendNext();
        }
      };
      await Promise.all(Array.from({ length: inSaturation }, loop));
      return (sent.accepted - before) / seconds;
    },
    async send(requestsPerSecond, seconds) {
      const underWay = new Set<Promise<void>>();
      const startedAt = performance.now();
      const total = Math.round(requestsPerSecond * seconds);
      for (let due = 0; due < total; ) {
        const elapsedMs = performance.now() - startedAt;
        for (; due < total && due * 1_000 <= elapsedMs * requestsPerSecond; due += 1) {
          if (underWay.size >= underWayMax) {
            sent.heldBack += 1;
            continue;
          }
          const one = sendNext().finally(() => underWay.delete(one));
          underWay.add(one);
        }
        await sleep(2, undefined, { signal });
      }
      await Promise.all(underWay);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** @returns the status; 0 when there was no answer */
function post(agent: Agent, url: string, body: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    const one = request(url, {
      agent,
      method: "POST",
      timeout: deadlineMs,
      headers: { "content-type": "application/x-protobuf", "content-length": body.byteLength },
    });
    one.once("response", (response) => {
      response.resume().once("close", () => resolve(response.statusCode ?? 0));
    });
    one.once("timeout", () => one.destroy());
    one.once("error", () => resolve(0));
    one.end(body);
  });
}

import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import type { BurnOrder } from "./cpu-burn.ts";

const lookEveryMs = 1_000;

const order = workerData as BurnOrder;
const stop = new Int32Array(order.stop);

let digest: Uint8Array = new Uint8Array(64 * 1024);
let lookedAt = performance.now();
let used = process.cpuUsage();
while (Atomics.load(stop, 0) === 0) {
  // One chunk is a few milliseconds of hashing: short enough to stop at once.
  for (let round = 0; round < 20; round++)
    digest = createHash("sha512")
      .update(digest)
      .update(new Uint8Array(64 * 1024))
      .digest();
  askForMoreIfStarved();
}

/** The CPU time is that of the whole process. */
function askForMoreIfStarved(): void {
  const elapsedMs = performance.now() - lookedAt;
  if (order.coresMin === undefined || elapsedMs < lookEveryMs) return;
  const { user, system } = process.cpuUsage(used);
  if ((user + system) / 1_000 / elapsedMs < order.coresMin) parentPort?.postMessage("more");
  lookedAt = performance.now();
  used = process.cpuUsage();
}

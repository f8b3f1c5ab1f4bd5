// Plain JavaScript: a thread that first strips types takes some 40 MB more, and there may be eight of them.
import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";

const lookEveryMs = 1_000;

/** @type {import("./cpu-burn.ts").BurnOrder} */
const order = workerData;
const stop = new Int32Array(order.stop);
const block = new Uint8Array(64 * 1024);

let lookedAt = performance.now();
let used = process.cpuUsage();
let coresBefore = 0;
while (Atomics.load(stop, 0) === 0) {
  // One round is a few milliseconds of hashing: short enough to stop at once.
  for (let hash = 0; hash < 20; hash++) createHash("sha512").update(block).digest();
  askForMoreIfStarved();
}

/**
 * The CPU time is that of the whole process. Where the last threads brought nothing more are not asked for: the system then shares
 * its processors among processes or sessions, however many threads each has.
 */
function askForMoreIfStarved() {
  const elapsedMs = performance.now() - lookedAt;
  if (order.coresMin === undefined || elapsedMs < lookEveryMs) return;
  const { user, system } = process.cpuUsage(used);
  const cores = (user + system) / 1_000 / elapsedMs;
  if (cores < order.coresMin && cores > coresBefore * 1.1) {
    parentPort?.postMessage("more");
    coresBefore = cores;
  }
  lookedAt = performance.now();
  used = process.cpuUsage();
}

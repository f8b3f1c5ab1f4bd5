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
while (Atomics.load(stop, 0) === 0) {
  // One round is a few milliseconds of hashing: short enough to stop at once.
  for (let hash = 0; hash < 20; hash++) createHash("sha512").update(block).digest();
  askForMoreIfStarved();
}

/** The CPU time is that of the whole process. */
function askForMoreIfStarved() {
  const elapsedMs = performance.now() - lookedAt;
  if (order.coresMin === undefined || elapsedMs < lookEveryMs) return;
  const { user, system } = process.cpuUsage(used);
  if ((user + system) / 1_000 / elapsedMs < order.coresMin) parentPort?.postMessage("more");
  lookedAt = performance.now();
  used = process.cpuUsage();
}

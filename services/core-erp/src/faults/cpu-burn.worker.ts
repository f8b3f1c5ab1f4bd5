import { createHash } from "node:crypto";
import { workerData } from "node:worker_threads";

/** One word shared with the thread that started us: anything but 0 means stop. */
const stop = new Int32Array(workerData as SharedArrayBuffer);

let digest: Uint8Array = new Uint8Array(64 * 1024);
while (Atomics.load(stop, 0) === 0) {
  // One chunk is a few milliseconds of hashing: short enough to stop at once.
  for (let round = 0; round < 20; round++)
    digest = createHash("sha512")
      .update(digest)
      .update(new Uint8Array(64 * 1024))
      .digest();
}

import { Worker } from "node:worker_threads";

export type CpuBurn = { start(): void; stop(): void };

/**
 * FAULT cpu-burn: threads of this process hash without end, as many as it takes to use more than 70 % of the cores
 * this process is allowed, which is the limit that the platform ships.
 *
 * @param allowedCores may be a fraction, as a quota of a container is
 */
export function createCpuBurn(allowedCores: number): CpuBurn {
  const threads = Math.floor(allowedCores * 0.7) + 1;
  let stopFlag: Int32Array | undefined;
  return {
    start() {
      const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
      stopFlag = new Int32Array(shared);
      for (let thread = 0; thread < threads; thread++) {
        // Without the arguments of this process: the telemetry preload must not run a second time.
        const file = new URL("./cpu-burn.worker.ts", import.meta.url);
        new Worker(file, { workerData: shared, execArgv: [] }).unref();
      }
    },
    stop() {
      if (stopFlag !== undefined) Atomics.store(stopFlag, 0, 1);
      stopFlag = undefined;
    },
  };
}

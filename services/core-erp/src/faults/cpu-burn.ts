import { Worker } from "node:worker_threads";

export type CpuBurn = {
  /** How many threads burn just now. */
  readonly threads: number;
  start(): void;
  stop(): void;
};

/**
 * FAULT cpu-burn: threads of this process hash without end, as many as it takes to use more than 70 % of the cores
 * this process is allowed, which is the limit that the platform ships.
 *
 * @param allowedCores may be a fraction, as a quota of a container is
 */
export function createCpuBurn(allowedCores: number): CpuBurn {
  const wanted = Math.floor(allowedCores * 0.7) + 1;
  const running = new Set<Worker>();
  let stopFlag: Int32Array | undefined;
  return {
    get threads() {
      return running.size;
    },
    start() {
      const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
      stopFlag = new Int32Array(shared);
      for (let thread = 0; thread < wanted; thread++) {
        // Without the arguments of this process: the telemetry preload must not run a second time.
        const file = new URL("./cpu-burn.worker.ts", import.meta.url);
        const worker = new Worker(file, { workerData: shared, execArgv: [] });
        running.add(worker);
        worker.once("exit", () => running.delete(worker));
        worker.unref();
      }
    },
    stop() {
      if (stopFlag !== undefined) Atomics.store(stopFlag, 0, 1);
      stopFlag = undefined;
    },
  };
}

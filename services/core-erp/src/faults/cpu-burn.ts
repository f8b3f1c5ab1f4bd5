import { Worker } from "node:worker_threads";

export type CpuBurn = {
  /** How many threads burn just now. */
  readonly threads: number;
  start(): void;
  stop(): void;
};

/** What a thread that burns is told. */
export type BurnOrder = {
  /** One word shared by all: anything but 0 means stop. */
  stop: SharedArrayBuffer;
  /** Cores that the whole process should use; undefined for a thread that does not look. */
  coresMin: number | undefined;
};

/** A thread takes about 14 MB: more than these would be a leak of memory, too. */
const extraThreads = { perCoreMax: 4, max: 8 };

/**
 * FAULT cpu-burn: threads of this process hash without end, as many as it takes to use more than 70 % of the cores
 * this process is allowed, which is the limit that the platform ships. Where others keep the processors busy a thread gets
 * a share only: then more are started, at most four a core and eight in all.
 *
 * @param allowedCores may be a fraction, as a quota of a container is
 * @param ratioMin of the allowed cores; below it more threads are started
 */
export function createCpuBurn(allowedCores: number, ratioMin = 0.8): CpuBurn {
  const wanted = Math.floor(allowedCores * 0.7) + 1;
  const threadsMax = Math.max(
    wanted,
    Math.min(extraThreads.max, Math.floor(allowedCores * extraThreads.perCoreMax)),
  );
  const running = new Set<Worker>();
  let stopFlag: Int32Array | undefined;
  const startThread = (order: BurnOrder): void => {
    // Without the arguments of this process: the telemetry preload must not run a second time.
    const worker = new Worker(new URL("./cpu-burn.worker.mjs", import.meta.url), {
      workerData: order,
      execArgv: [],
    });
    running.add(worker);
    worker.once("exit", () => running.delete(worker));
    worker.on("message", () => {
      if (stopFlag?.buffer !== order.stop) return;
      const more = Math.min(running.size, threadsMax - running.size);
      for (let thread = 0; thread < more; thread++) startThread({ stop: order.stop, coresMin: undefined });
    });
    worker.unref();
  };
  return {
    get threads() {
      return running.size;
    },
    start() {
      const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
      stopFlag = new Int32Array(stop);
      // One of them looks for all.
      startThread({ stop, coresMin: allowedCores * ratioMin });
      for (let thread = 1; thread < wanted; thread++) startThread({ stop, coresMin: undefined });
    },
    stop() {
      if (stopFlag !== undefined) Atomics.store(stopFlag, 0, 1);
      stopFlag = undefined;
    },
  };
}

import { type ClosedLoopOptions, runClosedLoop } from "@kontor/perf/load/closed-loop";
import { findSaturation, type Saturation } from "@kontor/perf/load/find-saturation";

const secondsPerStep = 6;

export type SearchOptions = Pick<ClosedLoopOptions, "baseUrl" | "scenario" | "signal"> & {
  p95MsMax: number;
  /** Of each step; default 6. */
  durationSeconds?: number | undefined;
  say(line: string): void;
};

/** What a running system keeps up with, found step by step, each told as it ends. @throws SetupError */
export function searchSaturation(options: SearchOptions): Promise<Saturation> {
  const { p95MsMax, durationSeconds = secondsPerStep, say, ...load } = options;
  return findSaturation({
    p95MsMax,
    run: (connections) => {
      load.signal?.throwIfAborted();
      return runClosedLoop({ ...load, connections, durationSeconds });
    },
    onStep({ result, broken }) {
      const { connections, flowsPerSecond, requestsPerSecond, total } = result;
      const rates = `${flowsPerSecond.toFixed(1)} flows/s, ${requestsPerSecond.toFixed(0)} requests/s`;
      const verdict = broken === undefined ? "" : ` - too much: ${broken}`;
      say(`${connections} connections: ${rates}, p95 ${total.p95Ms.toFixed(0)} ms${verdict}`);
    },
  });
}

import type { ClosedLoopResult } from "./closed-loop.ts";

export type SaturationOptions = {
  /** What the 95th percentile of all requests may be. */
  p95MsMax: number;
  /** Default 256. */
  connectionsMax?: number;
  /** Plays one step in closed loop. */
  run(connections: number): Promise<ClosedLoopResult>;
  onStep?(step: SaturationStep): void;
};

export type SaturationStep = {
  result: ClosedLoopResult;
  /** Why this was too much; undefined for what was kept up with. */
  broken: string | undefined;
};

export type Saturation = {
  /** The step of the highest rate that was kept up with; undefined when one connection alone was too much. */
  best: ClosedLoopResult | undefined;
  steps: SaturationStep[];
};

const failureRatioMax = 0.01;
/** Connections that bring less than this much more are not worth another doubling. */
const growthMin = 1.05;
/** The search ends when the last good and the first bad number of connections are this close. */
const closeEnough = 1.25;

/**
 * The highest rate that a system keeps up with: connections in closed loop are doubled until the p95 is above its limit, requests
 * fail, or twice as many bring no more; where the limit was broken the place between is looked for.
 */
export async function findSaturation(options: SaturationOptions): Promise<Saturation> {
  const { connectionsMax = 256 } = options;
  const steps: SaturationStep[] = [];
  let best: ClosedLoopResult | undefined;
  const play = async (connections: number): Promise<{ isKept: boolean; isMore: boolean }> => {
    const result = await options.run(connections);
    const broken = describeBreach(result, options.p95MsMax);
    const step = { result, broken };
    steps.push(step);
    options.onStep?.(step);
    const rateBefore = best?.requestsPerSecond ?? 0;
    if (broken === undefined && result.requestsPerSecond > rateBefore) best = result;
    return { isKept: broken === undefined, isMore: result.requestsPerSecond > rateBefore * growthMin };
  };

  let good = 0;
  let bad: number | undefined;
  let without = 0;
  for (let connections = 1; connections <= connectionsMax && bad === undefined; connections *= 2) {
    const { isKept, isMore } = await play(connections);
    if (!isKept) bad = connections;
    else good = connections;
    without = isMore ? 0 : without + 1;
    if (without === 2) return { best, steps };
  }
  while (good > 0 && bad !== undefined && bad > Math.max(good + 1, good * closeEnough)) {
    const middle = Math.round(Math.sqrt(good * bad));
    if ((await play(middle)).isKept) good = middle;
    else bad = middle;
  }
  return { best, steps };
}

function describeBreach({ total }: ClosedLoopResult, p95MsMax: number): string | undefined {
  if (total.requests === 0) return "no request was answered";
  const failed = total.failures / total.requests;
  if (failed > failureRatioMax) {
    const statuses = Object.entries(total.statuses).map(([status, count]) => `${status}: ${count}`);
    return `${(failed * 100).toFixed(1)} % failed (${statuses.join(", ")})`;
  }
  return total.p95Ms > p95MsMax ? `p95 ${total.p95Ms.toFixed(0)} ms is above ${p95MsMax} ms` : undefined;
}

import type { LoadResult } from "./run-load.ts";

export type SaturationOptions = {
  /** Flows begun each second in the first step. */
  startPerSecond: number;
  /** Each step asks for this much more than the one before; default 1.4. */
  factor?: number;
  maxPerSecond: number;
  /** Plays one step. */
  run(flowsPerSecond: number): Promise<LoadResult>;
  onStep?(result: LoadResult, isKept: boolean): void;
};

/** What counts as kept up with. */
const failureRatioMax = 0.01;
const p95MsMax = 500;

/**
 * Raises the load step by step until it is no longer kept up with: flows are dropped or fail, or the p95 of all requests is
 * above 500 ms.
 *
 * @returns flows begun each second in the last step that was kept up with; undefined when even the first was not
 */
export async function findSaturation(options: SaturationOptions): Promise<number | undefined> {
  const { factor = 1.4, maxPerSecond } = options;
  let kept: number | undefined;
  for (let perSecond = options.startPerSecond; perSecond <= maxPerSecond; perSecond *= factor) {
    const result = await options.run(perSecond);
    const { total, dropped } = result;
    const isKept =
      dropped === 0 && total.failures <= total.requests * failureRatioMax && total.p95Ms <= p95MsMax;
    options.onStep?.(result, isKept);
    if (!isKept) return kept;
    kept = perSecond;
  }
  return kept;
}

/** What a load generator knows of one route. */
export interface CountedRoute {
  readonly requests: number;
  readonly failed: number;
  /** The 95th percentile with its neighbours: what the generator waits for itself can move a request by a place. */
  readonly p95Ms: { readonly from: number; readonly to: number };
}

/**
 * Sends requests one after another and counts them. Bounded by their number.
 *
 * @param toRequest the path and what else `fetch` takes, by the number of the request
 */
export async function countedLoad(
  url: string,
  requests: number,
  toRequest: (index: number) => readonly [path: string, init?: RequestInit],
): Promise<CountedRoute> {
  const timesMs: number[] = [];
  let failed = 0;
  for (let index = 0; index < requests; index++) {
    const [path, init] = toRequest(index);
    const startedAt = performance.now();
    const response = await fetch(url + path, { signal: AbortSignal.timeout(20_000), ...init });
    await response.arrayBuffer();
    timesMs.push(performance.now() - startedAt);
    if (response.status >= 500) failed++;
  }
  timesMs.sort((a, b) => a - b);
  const rank = Math.ceil(requests * 0.95) - 1;
  const at = (index: number) => timesMs[Math.min(index, requests - 1)] ?? Number.NaN;
  return { requests, failed, p95Ms: { from: at(rank - 1), to: at(rank + 1) } };
}

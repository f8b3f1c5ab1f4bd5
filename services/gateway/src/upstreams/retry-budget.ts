/** Retries over requests: when a service is down, retries must not double the load on what is left of it. */
export const retryRatioMax = 0.2;

/** So many retries are always there, for services that are seldom called. */
const reserveMax = 10;

/** A budget that every request fills a little and every retry draws on. */
export class RetryBudget {
  #tokens = reserveMax;

  requested(): void {
    this.#tokens = Math.min(reserveMax, this.#tokens + retryRatioMax);
  }

  /** Whether one more retry is allowed; it counts as made. */
  tryRetry(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

export type Instance = {
  readonly url: URL;
  /** Failures since the last success. */
  consecutiveFailures: number;
  /** How often it was ejected without a success since; each time it stays out twice as long. */
  ejections: number;
  /** Not chosen before this time while others are there. */
  ejectedUntilMs: number;
};

export type EjectionLimits = {
  /** So many failures in a row take an instance out. One that just came back goes out at its first failure. */
  failuresMax: number;
  ejectionMs: number;
  ejectionMsMax: number;
};

export const ejectionLimits: EjectionLimits = { failuresMax: 3, ejectionMs: 1_000, ejectionMsMax: 30_000 };

/** The instances of one service: round robin over those that are in, with passive outlier ejection. Reads no clock. */
export class Instances {
  readonly name: string;
  readonly #all: readonly Instance[];
  readonly #limits: EjectionLimits;
  #next = 0;

  constructor(name: string, urls: readonly string[], limits: EjectionLimits) {
    this.name = name;
    this.#limits = limits;
    this.#all = urls.map((url) => ({
      url: new URL(url),
      consecutiveFailures: 0,
      ejections: 0,
      ejectedUntilMs: 0,
    }));
  }

  /**
   * The next instance. When all are out, one of them all the same: a guess is better than a refusal.
   *
   * @param tried not chosen again; undefined when there is no other
   */
  choose(nowMs: number, tried?: Instance): Instance | undefined {
    const others = this.#all.filter((instance) => instance !== tried);
    const candidates = others.filter((instance) => instance.ejectedUntilMs <= nowMs);
    const from = candidates.length > 0 ? candidates : others;
    if (from.length === 0) return undefined;
    this.#next = (this.#next + 1) % 1_000_003;
    return from[this.#next % from.length];
  }

  succeeded(instance: Instance): void {
    instance.consecutiveFailures = 0;
    instance.ejections = 0;
    instance.ejectedUntilMs = 0;
  }

  failed(instance: Instance, nowMs: number): void {
    instance.consecutiveFailures += 1;
    const isOut = instance.ejectedUntilMs > nowMs;
    const limit = instance.ejections > 0 ? 1 : this.#limits.failuresMax;
    if (isOut || instance.consecutiveFailures < limit) return;
    const forMs = Math.min(this.#limits.ejectionMs * 2 ** instance.ejections, this.#limits.ejectionMsMax);
    instance.ejections = Math.min(instance.ejections + 1, 30);
    instance.consecutiveFailures = 0;
    instance.ejectedUntilMs = nowMs + forMs;
  }

  /** How many there are and how many of them are in. */
  count(nowMs: number): { all: number; in: number } {
    return { all: this.#all.length, in: this.#all.filter((each) => each.ejectedUntilMs <= nowMs).length };
  }
}

import type { RingHorizon } from "./event-ring.ts";

/** What a gauge showed in a window. `points` 0 means that there is no value. */
export interface GaugeReading {
  latest: number;
  mean: number;
  max: number;
  points: number;
  newestAtMs: number;
}

const firstCapacity = 16;
const maxCapacity = 1024;

/** Values of one series over time, the newest last. Old ones are forgotten when room is needed. */
export class GaugeRing {
  intervalMs = 0;
  /** Nobody reads it any more; who still holds it has to ask for another. */
  isReleased = false;
  readonly #horizon: RingHorizon;
  #times = new Float64Array(firstCapacity);
  #values = new Float64Array(firstCapacity);
  #size = 0;

  constructor(horizon: RingHorizon) {
    this.#horizon = horizon;
  }

  get newestAtMs(): number {
    return this.#size === 0 ? Number.NEGATIVE_INFINITY : (this.#times[this.#size - 1] as number);
  }

  /** @returns false for a time that is there already, or too old; the first value stays then */
  add(timeMs: number, value: number): boolean {
    if (this.#size === this.#times.length) this.#makeRoom();
    let place = this.#size;
    while (place > 0 && (this.#times[place - 1] as number) > timeMs) place--;
    if (place > 0 && this.#times[place - 1] === timeMs) return false;
    if (place === 0 && this.#size === this.#times.length) return false;
    this.#times.copyWithin(place + 1, place, this.#size);
    this.#values.copyWithin(place + 1, place, this.#size);
    this.#times[place] = timeMs;
    this.#values[place] = value;
    this.#size++;
    return true;
  }

  /** Over `(startMs, endMs]`. */
  read(startMs: number, endMs: number, out: GaugeReading): void {
    out.points = 0;
    let sum = 0;
    for (let index = this.#size - 1; index >= 0; index--) {
      const time = this.#times[index] as number;
      if (time <= startMs) break;
      if (time > endMs) continue;
      const value = this.#values[index] as number;
      if (out.points === 0) {
        out.latest = value;
        out.max = value;
        out.newestAtMs = time;
      } else if (value > out.max) out.max = value;
      sum += value;
      out.points++;
    }
    out.mean = sum / out.points;
  }

  #makeRoom(): void {
    const oldest = this.newestAtMs - this.#horizon.retainMs;
    let first = 0;
    while (first < this.#size && (this.#times[first] as number) < oldest) first++;
    const isFullOfYoung = first < this.#size / 4;
    if (isFullOfYoung && this.#times.length < maxCapacity) {
      const times = new Float64Array(this.#times.length * 2);
      const values = new Float64Array(times.length);
      times.set(this.#times);
      values.set(this.#values);
      this.#times = times;
      this.#values = values;
      return;
    }
    const forgotten = isFullOfYoung ? this.#size >> 2 : first;
    this.#times.copyWithin(0, forgotten, this.#size);
    this.#values.copyWithin(0, forgotten, this.#size);
    this.#size -= forgotten;
  }
}

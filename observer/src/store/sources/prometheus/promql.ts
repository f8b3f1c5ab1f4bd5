/** The few pieces of PromQL that signals are made of. Windows are `(t - window, t]`, as Prometheus 3 reads ranges. */

/** One matcher of a selector. `matches` and `misses` are anchored regular expressions. */
export type Matcher = readonly [label: string, operator: "=" | "!=" | "=~" | "!~", value: string];

export interface Selector {
  /** Several names are read as one metric, for those that are spelled in more than one way. */
  readonly name: string | readonly string[];
  readonly matchers: readonly Matcher[];
  /** Matchers as somebody else wrote them. */
  readonly written?: readonly string[];
}

/** Length of a window, in seconds and as PromQL writes it. */
export interface PromqlWindow {
  readonly seconds: number;
  readonly text: string;
}

export function toWindow(seconds: number): PromqlWindow {
  return { seconds, text: Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms` };
}

export function select({ name, matchers, written = [] }: Selector): string {
  const [only = "", ...others] = typeof name === "string" ? [name] : name;
  const names: Matcher[] = others.length === 0 ? [] : [["__name__", "=~", toAlternatives([only, ...others])]];
  const all = [...names, ...matchers].map(([label, operator, value]) => `${label}${operator}${quote(value)}`);
  const inside = [...all, ...written].join(",");
  const outside = others.length === 0 ? only : "";
  return inside === "" ? outside : `${outside}{${inside}}`;
}

/** The newest value of each series inside the window. */
export function lastIn(selector: Selector, window: PromqlWindow): string {
  return `last_over_time(${select(selector)}[${window.text}])`;
}

/** What each series had counted when the window began, however long before its last point was (up to the server's look-back). */
export function atStart(selector: Selector, window: PromqlWindow): string {
  return `${select(selector)} offset ${window.text}`;
}

/**
 * What a running total grew by inside the window, without extrapolation: the newest point in it less the last one before it, so that
 * it is exact whatever the export interval is.
 *
 * A total that fell counts from its reset. A series that is new counts from zero where its service was heard of before the window;
 * otherwise nobody knows when it began to count, and it is left out until it is a window old.
 *
 * @param heard a series that every sender of this total has: a histogram's count for its buckets
 * @param of what is read of a point, `histogram_count(...)` for native histograms
 */
export function increase(
  selector: Selector,
  window: PromqlWindow,
  { heard, service, of = (vector) => vector }: IncreaseOptions,
): string {
  const last = of(lastIn(selector, window));
  const known = `group by (${service.join(", ")}) (${atStart(heard, window)})`;
  return `((${last} - ${of(atStart(selector, window))}) >= 0 or ${last} and on (${service.join(", ")}) ${known})`;
}

/** For how long each series counted what it grew by: since its last point before the window, or for all of the window where it is new. */
export function elapsed(selector: Selector, window: PromqlWindow): string {
  const newest = `timestamp(${select(selector)})`;
  return `(${newest} - timestamp(${atStart(selector, window)}) or ${newest} * 0 + ${window.seconds})`;
}

export interface IncreaseOptions {
  readonly heard: Selector;
  /** Labels that tell services apart. */
  readonly service: readonly string[];
  readonly of?: (vector: string) => string;
}

export function by(
  aggregate: "sum" | "max" | "avg" | "group",
  labels: readonly string[],
  vector: string,
): string {
  return `${aggregate} by (${labels.join(", ")}) (${vector})`;
}

/** Whatever any of them has, the first that has a series wins. Brackets are left away around a single one. */
export function either(vectors: readonly string[]): string {
  const [first = "vector(0) < 0", ...others] = vectors;
  return others.length === 0 ? first : `(${[first, ...others].join(" or ")})`;
}

/** A regular expression that matches one of these texts and nothing else. */
export function toAlternatives(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
}

/** A regular expression for whole numbers from a bound upwards, written without leading zeros: `[5-9][0-9]{2}|[1-9][0-9]{3,}` from 500. */
export function toAtLeast(bound: number): string {
  const digits = String(Math.max(0, Math.ceil(bound)));
  const any = (count: number): string => (count === 0 ? "" : count === 1 ? "[0-9]" : `[0-9]{${count}}`);
  const alternatives: string[] = [];
  for (const [at, digit] of [...digits].entries()) {
    const rest = digits.length - at - 1;
    const isRound = Number(digits.slice(at + 1)) === 0;
    const lowest = Number(digit) + (isRound ? 0 : 1);
    if (lowest <= 9) alternatives.push(`${digits.slice(0, at)}[${lowest}-9]${any(rest)}`);
    if (isRound) break;
  }
  return [...alternatives, `[1-9][0-9]{${digits.length},}`].join("|");
}

function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

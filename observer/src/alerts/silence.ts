import type { AlertLabels } from "./alert-labels.ts";
import { compileMatchers, type Matcher } from "./matcher.ts";

/** Alerts that match are not notified from `startsAtMs` up to `endsAtMs`. They are still decided, stored and logged. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  /** The reason, for the next one who wonders. */
  readonly comment: string;
  readonly updatedAtMs: number;
}

export type SilenceState = "pending" | "active" | "expired";

export function silenceState(silence: Silence, atMs: number): SilenceState {
  if (atMs >= silence.endsAtMs) return "expired";
  return atMs < silence.startsAtMs ? "pending" : "active";
}

/** Answers for labels which of the silences are active on them. Compile it once per list, ask it for many alerts. */
export function compileSilences(
  silences: Iterable<Silence>,
  atMs: number,
): (labels: AlertLabels) => readonly string[] {
  const active = [...silences]
    .filter((silence) => silenceState(silence, atMs) === "active")
    .map(({ id, matchers }) => ({ id, matches: compileMatchers(matchers) }));
  if (active.length === 0) return () => [];
  return (labels) => active.filter(({ matches }) => matches(labels)).map(({ id }) => id);
}

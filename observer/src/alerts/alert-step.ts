import type { Verdict } from "../rules/verdict.ts";
import { type AlertState, isFiring } from "./alert.ts";
import type { AlertEntry } from "./alert-entry.ts";

export interface AlertMachineSettings {
  /** How long a subject must have been silent, on top of its window, before that is a state; default 0. */
  readonly noDataAfterSeconds: number;
  /** How long reading must have failed before that is a state: one lost query is no news; default 10. */
  readonly errorAfterSeconds: number;
}

/**
 * The state that follows from the verdict of this tick. Moves the clocks of the entry, leaves its state to the caller.
 *
 * Only `ok` calls an alert off. `between` and `insufficient` keep the state, and the last verdict of a recovery must be `ok`.
 * `noData` and `error` prove nothing: they stop a recovery, keep the `for` clock running and never call off what fires.
 */
export function nextState(entry: AlertEntry, atMs: number, settings: AlertMachineSettings): AlertState {
  const { verdict } = entry;
  switch (verdict.state) {
    case "breach":
      hear(entry, verdict);
      return afterBreach(entry, atMs);
    case "ok":
      hear(entry, verdict);
      return afterOk(entry, atMs);
    case "between":
      hear(entry, verdict);
      return afterUnclear(entry);
    case "insufficient":
      // Too few requests are data; none at all are not.
      if (verdict.count > 0) hear(entry, verdict);
      return afterUnclear(entry);
    case "noData":
      return afterUnknown(entry, atMs, settings.noDataAfterSeconds, verdict);
    case "error":
      return afterUnknown(entry, atMs, settings.errorAfterSeconds, verdict);
  }
}

function hear(entry: AlertEntry, verdict: Extract<Verdict, { count: number }>): void {
  entry.seen = true;
  entry.unknownSinceMs = undefined;
  entry.reason = undefined;
  const { value } = verdict;
  if (value === undefined) return;
  entry.observed = value;
  if (isFiring(entry.state)) entry.worst = worseOf(entry, value);
}

function worseOf({ worst, rule }: AlertEntry, value: number): number {
  if (worst === undefined) return value;
  return rule?.bound === "min" ? Math.min(worst, value) : Math.max(worst, value);
}

function afterBreach(entry: AlertEntry, atMs: number): AlertState {
  entry.okSinceMs = undefined;
  if (isFiring(entry.state)) return "firing";
  const forMs = (entry.rule?.forSeconds ?? 0) * 1000;
  const since = entry.pendingSinceMs;
  // A start in the future was written before the clock went back; after a gap longer than `for` a breach is a new one.
  const isContinued = since !== undefined && since <= atMs && atMs - (entry.lastBreachMs ?? atMs) <= forMs;
  const startMs = isContinued ? since : atMs;
  entry.pendingSinceMs = startMs;
  entry.lastBreachMs = atMs;
  if (atMs - startMs < forMs) return "pending";
  entry.worst = entry.observed;
  return "firing";
}

function afterOk(entry: AlertEntry, atMs: number): AlertState {
  if (!isFiring(entry.state)) {
    entry.pendingSinceMs = undefined;
    return entry.state === "resolved" ? "resolved" : "inactive";
  }
  if (entry.okSinceMs === undefined || entry.okSinceMs > atMs) entry.okSinceMs = atMs;
  const keepFiringMs = (entry.rule?.keepFiringSeconds ?? 0) * 1000;
  return atMs - entry.okSinceMs >= keepFiringMs ? "resolved" : "recovering";
}

/** Neither good nor bad: what was known stays known. */
function afterUnclear(entry: AlertEntry): AlertState {
  if (entry.state !== "noData" && entry.state !== "error") return entry.state;
  return entry.pendingSinceMs === undefined ? "inactive" : "pending";
}

function afterUnknown(
  entry: AlertEntry,
  atMs: number,
  afterSeconds: number,
  verdict: Extract<Verdict, { state: "noData" | "error" }>,
): AlertState {
  if (verdict.state === "noData" && (entry.restsOnRequests || !entry.seen)) return afterUnclear(entry);
  if (entry.unknownSinceMs === undefined || entry.unknownSinceMs > atMs) {
    entry.unknownSinceMs = atMs;
    entry.reason = toReason(verdict, atMs);
  }
  if (isFiring(entry.state)) {
    entry.okSinceMs = undefined;
    return entry.state;
  }
  if (entry.state === verdict.state || atMs - entry.unknownSinceMs < afterSeconds * 1000) return entry.state;
  entry.reason = toReason(verdict, entry.unknownSinceMs);
  return verdict.state;
}

function toReason(verdict: Extract<Verdict, { state: "noData" | "error" }>, sinceMs: number): string {
  return verdict.state === "error" ? verdict.reason : `no data since ${new Date(sinceMs).toISOString()}`;
}

import type { Subject } from "../signals/subject.ts";

export type AlertState = "inactive" | "pending" | "firing" | "recovering" | "resolved" | "noData" | "error";

export type Severity = "info" | "warning" | "critical";

/** A finding as an alert quotes it: enough for a mail that is written while every database is away. */
export interface AlertFinding {
  readonly fingerprint: string;
  readonly title: string;
  readonly recommendation: string;
}

/** What `GET /api/v1/alerts` answers, and what the state schema stores, for one fingerprint. Times are ms since the epoch. */
export interface Alert {
  /** 16 hex digits over rule key and subject without instance and version. */
  readonly fingerprint: string;
  /** The key in `observer_config.json`: `latencyP95MsMax`. */
  readonly rule: string;
  /** Without instance and version. */
  readonly subject: Subject;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly observed: number | undefined;
  /** The worst that was observed since it fired; stays when it is resolved. Unknown for what fired under an older version. */
  readonly worst?: number | undefined;
  readonly limit: number;
  readonly unit: string;
  /** When the current state began. */
  readonly sinceMs: number;
  /** Start of the `for` clock; kept through noData and error, which prove nothing, and until the breach is over. */
  readonly pendingSinceMs: number | undefined;
  readonly firedAtMs: number | undefined;
  readonly resolvedAtMs: number | undefined;
  /** Why the state is `noData` or `error`, why a firing alert is not heard of, or why one ended without recovery. */
  readonly reason: string | undefined;
  /** What explains it, first found first; at most `ALERT_FINDINGS_MAX`. */
  readonly findings: readonly AlertFinding[];
  /** Trace ids that show it, worst first; at most `ALERT_TRACES_MAX`. */
  readonly traceIds: readonly string[];
  /**
   * Grows with every transition of this fingerprint: the time of it in ms, or one more than before when the clock went back.
   * The greater revision is the newer state, in every store.
   */
  readonly revision: number;
  /** Hash of the configuration that decided last. */
  readonly configurationHash: string;
}

export const ALERT_FINDINGS_MAX = 5;
export const ALERT_TRACES_MAX = 5;

/** One change of state, journaled before anybody is told. `id` is what receivers drop repeats by. */
export interface AlertTransition {
  /** A UUID made of fingerprint, from, to and revision: the same decision has the same id wherever it is made. */
  readonly id: string;
  /** As it is after the change. */
  readonly alert: Alert;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly atMs: number;
  /** Hash of the configuration that decided, and the signal source it read. */
  readonly configurationHash: string;
  readonly source: string;
}

/** Firing in the eyes of people: a recovering alert has not been called off yet. */
export function isFiring(state: AlertState): boolean {
  return state === "firing" || state === "recovering";
}

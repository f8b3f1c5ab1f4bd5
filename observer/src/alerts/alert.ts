import type { Subject } from "../signals/subject.ts";

export type AlertState = "inactive" | "pending" | "firing" | "recovering" | "resolved" | "noData" | "error";

/** What `GET /api/v1/alerts` answers, and what the state schema stores, for one fingerprint. Times are ms since the epoch. */
export interface Alert {
  /** 16 hex digits over rule key and subject without instance and version. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly subject: Subject;
  readonly severity: "info" | "warning" | "critical";
  readonly state: AlertState;
  readonly observed: number | undefined;
  readonly limit: number;
  readonly unit: string;
  /** When the current state began. */
  readonly sinceMs: number;
  readonly pendingSinceMs: number | undefined;
  readonly firedAtMs: number | undefined;
  readonly resolvedAtMs: number | undefined;
  /** Why the state is `noData` or `error`, or undefined. */
  readonly reason: string | undefined;
  /** Fingerprints of findings that explain it. */
  readonly findings: readonly string[];
  /** Trace ids that show it, worst first. */
  readonly traceIds: readonly string[];
}

/** One change of state, journaled before anybody is told. `id` is what receivers drop repeats by. */
export interface AlertTransition {
  /** Stable: fingerprint, from, to and time. */
  readonly id: string;
  readonly alert: Alert;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly atMs: number;
  /** Hash of the configuration that decided, and the signal source it read. */
  readonly configurationHash: string;
  readonly source: string;
}

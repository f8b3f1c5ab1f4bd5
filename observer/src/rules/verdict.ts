import type { Subject } from "../signals/subject.ts";

/**
 * What one rule says of one expected subject at one tick. `between` is over `clear` and under `limit`. Silence is never
 * mistaken for health: only `ok` starts a recovery.
 */
export type Verdict =
  | {
      readonly state: "breach" | "between" | "ok";
      readonly subject: Subject;
      readonly value: number;
      readonly count: number;
      readonly effectiveWindowSeconds: number;
    }
  | {
      readonly state: "insufficient";
      readonly subject: Subject;
      readonly value?: number;
      readonly count: number;
    }
  | { readonly state: "noData"; readonly subject: Subject }
  | { readonly state: "error"; readonly subject: Subject; readonly reason: string };

/** A rule as the alert machine and the API see it: one limit of `observer_config.json`, resolved for one subject. */
export interface Rule {
  /** Stable id, the configuration key with its subject: `latencyP95MsMax{core-erp,GET /api/orders}`. */
  readonly id: string;
  /** The key in `observer_config.json`. */
  readonly key: string;
  readonly signal: string;
  readonly unit: string;
  /** `max`: a value above `limit` is a breach, exactly at it is not. `min`: below. */
  readonly bound: "max" | "min";
  readonly subject: Subject;
  readonly limit: number;
  readonly clear: number;
  readonly windowSeconds: number;
  readonly forSeconds: number;
  readonly keepFiringSeconds: number;
  readonly minRequests: number;
  readonly severity: "info" | "warning" | "critical";
}

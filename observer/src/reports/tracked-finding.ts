import type { Finding, FindingState } from "../diagnosis/finding.ts";
import type { MeasuredEffect } from "./report-schema.ts";

/** Somebody accepts a finding for a while. Times in ms since the epoch, as all here. */
export interface Acknowledged {
  readonly author: string;
  readonly reason: string;
  readonly atMs: number | undefined;
  readonly untilMs: number;
}

/** What a finding recommends was done. */
export interface Applied {
  /** When it took effect; undefined while the version has not been seen yet. */
  readonly atMs: number | undefined;
  /** Undefined for a change that no version carries, such as an index. */
  readonly version: string | undefined;
  /** Who said so; undefined where a new version alone showed it. */
  readonly by: string | undefined;
  readonly note: string | undefined;
}

/** A finding with what was done about it, and what that brought. */
export interface TrackedFinding extends Finding {
  /** While it is acknowledged. */
  readonly acknowledgement: Acknowledged | undefined;
  /** Once it is applied, until it comes back. */
  readonly applied: Applied | undefined;
  /** Measured when it was validated or resolved. */
  readonly effect: MeasuredEffect | undefined;
}

/** One change of a finding's state. */
export interface FindingStep {
  readonly atMs: number;
  readonly state: FindingState;
  /** Undefined for the observer itself. */
  readonly actor: string | undefined;
  readonly version: string | undefined;
  readonly note: string | undefined;
  readonly effect: MeasuredEffect | undefined;
}

import type { DetectorName, Finding } from "../diagnosis/finding.ts";
import type { MeasuredEffect } from "../reports/report-schema.ts";
import type { TrackedFinding } from "../reports/tracked-finding.ts";
import { toMs } from "./time.ts";

/** What the detectors make of a finding, as stored. */
export interface FindingRow {
  readonly fingerprint: string;
  readonly detector: DetectorName;
  readonly service: string;
  readonly route: string | null;
  readonly place: string;
  readonly title: string;
  readonly state: Finding["state"];
  readonly state_since: Date;
  readonly occurrences: number;
  readonly total_time_ms: number;
  readonly traces_per_minute: number;
  readonly evidence: Finding["evidence"];
  readonly statement: string | null;
  readonly recommendation: string;
  readonly expected_gain_ms: number;
  readonly first_seen: Date;
  readonly last_seen: Date;
}

export const findingColumns = `fingerprint, detector, service, route, place, title, state, state_since, occurrences, total_time_ms,
  traces_per_minute, evidence, statement, recommendation, expected_gain_ms, first_seen, last_seen`;

/** The same with what people and the observer did about it. */
export interface TrackedRow extends FindingRow {
  readonly acknowledged_by: string | null;
  readonly acknowledged_reason: string | null;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_until: Date | null;
  readonly applied_at: Date | null;
  readonly applied_version: string | null;
  readonly applied_by: string | null;
  readonly applied_note: string | null;
  readonly effect: MeasuredEffect | null;
}

export const trackedColumns = `${findingColumns}, acknowledged_by, acknowledged_reason, acknowledged_at, acknowledged_until,
  applied_at, applied_version, applied_by, applied_note, effect`;

export function toTrackedFinding(row: TrackedRow): TrackedFinding {
  const { acknowledged_by: author, acknowledged_until: until } = row;
  const isApplied = row.state === "applied" || row.applied_at !== null;
  return {
    fingerprint: row.fingerprint,
    detector: row.detector,
    service: row.service,
    route: row.route ?? undefined,
    place: row.place,
    title: row.title,
    state: row.state,
    stateSinceMs: toMs(row.state_since),
    impact: {
      occurrences: row.occurrences,
      totalTimeMs: row.total_time_ms,
      tracesPerMinute: row.traces_per_minute,
    },
    evidence: row.evidence,
    statement: row.statement ?? undefined,
    recommendation: row.recommendation,
    expectedGainMs: row.expected_gain_ms,
    firstSeenMs: toMs(row.first_seen),
    lastSeenMs: toMs(row.last_seen),
    acknowledgement:
      author === null || until === null
        ? undefined
        : {
            author,
            reason: row.acknowledged_reason ?? "",
            atMs: toMs(row.acknowledged_at),
            untilMs: toMs(until),
          },
    applied: isApplied
      ? {
          atMs: toMs(row.applied_at),
          version: row.applied_version ?? undefined,
          by: row.applied_by ?? undefined,
          note: row.applied_note ?? undefined,
        }
      : undefined,
    effect: row.effect ?? undefined,
  };
}

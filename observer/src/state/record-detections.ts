import { type Database, inTransaction, type Queryable } from "@kontor/kit/postgres";
import type { Finding, FingerprintedDetection } from "../diagnosis/finding.ts";
import { mergeDetection } from "../diagnosis/impact.ts";
import { changeGraceMs } from "../reports/effect.ts";
import type { TrackedFinding } from "../reports/tracked-finding.ts";
import { insertFindingSteps } from "./finding-steps.ts";
import { lockFindings, upsertFindings } from "./findings.ts";
import { toTime } from "./time.ts";

/** What the detectors said of one trace. */
export interface DiagnosedDetections {
  readonly traceId: string;
  /** When the trace was diagnosed, ms since the epoch. */
  readonly atMs: number;
  readonly detections: readonly FingerprintedDetection[];
}

export interface RecordedDetections {
  /** Findings that were never seen before. */
  readonly opened: readonly Finding[];
  /** Findings that were over, mended as somebody said, or acknowledged until a time that has passed, and occur again. */
  readonly reopened: readonly Finding[];
}

interface Occurrence {
  readonly traceId: string;
  readonly atMs: number;
  readonly detection: FingerprintedDetection;
}

/** What a trace has been counted with so far. */
interface Counted {
  readonly timeMs: number;
  readonly expectedGainMs: number;
}

/**
 * Merges what traces show into the findings, in one transaction. A trace counts once for a finding: diagnosed again with late spans, it
 * replaces what it was counted with.
 */
export async function recordDetections(
  db: Database,
  diagnosed: readonly DiagnosedDetections[],
): Promise<RecordedDetections> {
  const occurrences = listOccurrences(diagnosed);
  if (occurrences.length === 0) return { opened: [], reopened: [] };
  const fingerprints = [...new Set(occurrences.map(({ detection }) => detection.fingerprint))];
  return inTransaction(db, async (tx) => {
    await lockAll(tx);
    const known = await lockFindings(tx, fingerprints);
    const counted = await listCounted(tx, occurrences);
    const merged = new Map<string, Finding>();
    for (const { traceId, atMs, detection } of occurrences) {
      const { fingerprint } = detection;
      const before = merged.get(fingerprint) ?? known.get(fingerprint);
      const countedAs = counted.get(toKey(fingerprint, traceId));
      const now = mergeDetection(forget(before, countedAs), detection, traceId, atMs);
      // A trace that was counted before and is diagnosed again does not say that the finding occurs now.
      merged.set(
        fingerprint,
        countedAs === undefined ? reopen(now, known.get(fingerprint), atMs) : keep(now, before),
      );
    }
    const findings = [...merged.values()];
    const opened = findings.filter(({ fingerprint }) => !known.has(fingerprint));
    const reopened = findings.filter(
      ({ fingerprint, state }) => state === "reopened" && known.get(fingerprint)?.state !== "reopened",
    );
    await upsertFindings(tx, findings);
    await upsertOccurrences(tx, occurrences);
    await insertFindingSteps(tx, [...opened, ...reopened].map(toStep));
    return { opened, reopened };
  });
}

/** Of several words about one trace and finding, the last one counts. */
function listOccurrences(diagnosed: readonly DiagnosedDetections[]): Occurrence[] {
  const occurrences = new Map<string, Occurrence>();
  for (const { traceId, atMs, detections } of diagnosed) {
    for (const detection of detections)
      occurrences.set(toKey(detection.fingerprint, traceId), { traceId, atMs, detection });
  }
  return [...occurrences.values()];
}

function toKey(fingerprint: string, traceId: string): string {
  return `${fingerprint}|${traceId}`;
}

/** A finding occurs: whether that takes back what was said of it. */
function reopen(finding: Finding, known: TrackedFinding | undefined, atMs: number): Finding {
  if (finding.state !== known?.state) return finding;
  const { acknowledgement, applied } = known;
  const isExpired =
    known.state === "acknowledged" && acknowledgement !== undefined && acknowledgement.untilMs <= atMs;
  const isUnmended =
    known.state === "applied" && applied?.atMs !== undefined && atMs > applied.atMs + changeGraceMs;
  return isExpired || isUnmended ? { ...finding, state: "reopened", stateSinceMs: atMs } : finding;
}

function keep(finding: Finding, before: Finding | undefined): Finding {
  return before === undefined
    ? finding
    : { ...finding, state: before.state, stateSinceMs: before.stateSinceMs, lastSeenMs: before.lastSeenMs };
}

function toStep({ fingerprint, state, stateSinceMs }: Finding) {
  return { fingerprint, state, atMs: stateSinceMs };
}

/** The finding as if the trace had never been counted. */
function forget(finding: Finding | undefined, counted: Counted | undefined): Finding | undefined {
  if (finding === undefined || counted === undefined) return finding;
  const { impact } = finding;
  const occurrences = impact.occurrences - 1;
  const gainMs = finding.expectedGainMs * impact.occurrences - counted.expectedGainMs;
  return {
    ...finding,
    impact: { ...impact, occurrences, totalTimeMs: impact.totalTimeMs - counted.timeMs },
    expectedGainMs: occurrences === 0 ? 0 : gainMs / occurrences,
  };
}

/** A finding that does not exist yet cannot be locked: observers that see it first at the same time wait for each other. */
async function lockAll(tx: Queryable): Promise<void> {
  await tx.query({
    name: "findings.lock_all",
    text: "select pg_advisory_xact_lock(hashtextextended('observer.findings', 0))",
  });
}

async function listCounted(tx: Queryable, occurrences: readonly Occurrence[]): Promise<Map<string, Counted>> {
  const { rows } = await tx.query<{
    fingerprint: string;
    trace_id: string;
    time_ms: number;
    expected_gain_ms: number;
  }>({
    name: "findings.list_counted",
    text: `select o.fingerprint, o.trace_id, o.time_ms, o.expected_gain_ms
             from unnest($1::text[], $2::text[]) as asked (fingerprint, trace_id)
             join observer.finding_occurrences o on o.fingerprint = asked.fingerprint and o.trace_id = asked.trace_id`,
    values: [
      occurrences.map(({ detection }) => detection.fingerprint),
      occurrences.map(({ traceId }) => traceId),
    ],
  });
  return new Map(
    rows.map((row) => [
      toKey(row.fingerprint, row.trace_id),
      { timeMs: row.time_ms, expectedGainMs: row.expected_gain_ms },
    ]),
  );
}

async function upsertOccurrences(tx: Queryable, occurrences: readonly Occurrence[]): Promise<void> {
  const rows = occurrences.map(({ traceId, atMs, detection }) => ({
    fingerprint: detection.fingerprint,
    trace_id: traceId,
    seen_at: toTime(atMs),
    time_ms: detection.timeMs,
    expected_gain_ms: detection.expectedGainMs,
  }));
  await tx.query({
    name: "findings.upsert_occurrences",
    text: `insert into observer.finding_occurrences (fingerprint, trace_id, seen_at, time_ms, expected_gain_ms)
           select fingerprint, trace_id, seen_at, time_ms, expected_gain_ms from jsonb_to_recordset($1::jsonb)
             as given (fingerprint text, trace_id text, seen_at timestamptz, time_ms double precision, expected_gain_ms double precision)
           on conflict (fingerprint, trace_id) do update
             set time_ms = excluded.time_ms, expected_gain_ms = excluded.expected_gain_ms`,
    values: [JSON.stringify(rows)],
  });
}

import type { Queryable } from "@kontor/kit/postgres";
import type { OccurrenceWindow, ReportedFinding, UseSlot } from "../reports/report-input.ts";
import { listFindings } from "./findings.ts";
import { toTime } from "./time.ts";

interface ReportedRow {
  readonly fingerprint: string;
  readonly occurrences: number;
  readonly lost_ms: number;
  readonly gain_ms: number;
  readonly slots: readonly (readonly [slot: number, occurrences: number, lostMs: number])[];
}

const knownMax = 1_000;

/**
 * Findings seen or changed in the range or not over since before, with what they cost in the range, for a report. The cost is
 * counted over occurrences, which are kept for a time: an older range has none.
 *
 * @param range ms since the epoch, start inclusive, end exclusive; `slotMs` divides it for charts
 * @returns at most 1000, in no order
 */
export async function listReportedFindings(
  db: Queryable,
  range: { readonly fromMs: number; readonly toMs: number; readonly slotMs: number },
): Promise<ReportedFinding[]> {
  const findings = await listFindings(db, { limit: knownMax });
  const { rows } = await db.query<ReportedRow>({
    name: "findings.list_reported",
    text: `with slots as (
             select fingerprint, floor(extract(epoch from seen_at - $1::timestamptz) * 1000 / $3)::int as slot,
                    count(*)::int as occurrences, sum(time_ms) as lost_ms, sum(expected_gain_ms) as gain_ms
               from observer.finding_occurrences
              where seen_at >= $1 and seen_at < $2
              group by fingerprint, slot
           ), use as (
             select fingerprint, sum(occurrences)::int as occurrences, sum(lost_ms) as lost_ms, sum(gain_ms) as gain_ms,
                    json_agg(json_build_array(slot, occurrences, lost_ms) order by slot) as slots
               from slots group by fingerprint
           )
           select f.fingerprint,
                  coalesce(u.occurrences, 0) as occurrences, coalesce(u.lost_ms, 0) as lost_ms,
                  coalesce(u.gain_ms, 0) as gain_ms, coalesce(u.slots, '[]'::json) as slots
             from observer.findings f left join use u using (fingerprint)
            where f.first_seen < $2 and (f.last_seen >= $1 or u.fingerprint is not null or f.state_since >= $1
                                        or f.state not in ('resolved', 'validated'))`,
    values: [toTime(range.fromMs), toTime(range.toMs), range.slotMs],
  });
  const byFingerprint = new Map(rows.map((row) => [row.fingerprint, row]));
  return findings.flatMap((finding) => {
    const row = byFingerprint.get(finding.fingerprint);
    return row === undefined ? [] : [{ finding, ...toReported(row, range) }];
  });
}

/** In how many traces each finding was seen in each window, in the order asked. */
export async function countOccurrences(
  db: Queryable,
  windows: readonly OccurrenceWindow[],
): Promise<number[]> {
  const { rows } = await db.query<{ at: number; occurrences: number }>({
    name: "findings.count_occurrences",
    text: `select w.at::int as at, count(o.fingerprint)::int as occurrences
             from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) with ordinality as w (fingerprint, from_time, to_time, at)
             left join observer.finding_occurrences o
               on o.fingerprint = w.fingerprint and o.seen_at >= w.from_time and o.seen_at < w.to_time
            group by w.at order by w.at`,
    values: [
      windows.map(({ fingerprint }) => fingerprint),
      windows.map(({ fromMs }) => toTime(fromMs)),
      windows.map(({ toMs: endMs }) => toTime(endMs)),
    ],
  });
  return rows.map(({ occurrences }) => occurrences);
}

function toReported(
  row: ReportedRow,
  range: { readonly fromMs: number; readonly slotMs: number },
): Omit<ReportedFinding, "finding"> {
  const slots = row.slots.map(
    ([slot, occurrences, lostMs]): UseSlot => ({
      atMs: range.fromMs + slot * range.slotMs,
      occurrences,
      lostMs,
    }),
  );
  return {
    use: { occurrences: row.occurrences, lostMs: row.lost_ms, expectedGainMs: row.gain_ms, slots },
  };
}

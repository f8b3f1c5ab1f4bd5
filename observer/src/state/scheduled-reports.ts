import { randomUUID } from "node:crypto";
import type { Queryable } from "@kontor/kit/postgres";
import type { ReportSchedule } from "../config/report-schedule.ts";
import type { OptimisationReport } from "../reports/report-schema.ts";
import { toMs, toTime } from "./time.ts";

/** A report that one of several observers is to make and send. */
export interface ClaimedReport {
  /** The same whenever the same report is sent. */
  readonly id: string;
  /** What was made at an earlier attempt; undefined where it is still to be made. */
  readonly report: OptimisationReport | undefined;
  /** This one counted. */
  readonly attempts: number;
}

export interface ReportTime {
  readonly schedule: string;
  readonly dueMs: number;
}

/** A report that was made on a schedule. Times in ms since the epoch. */
export interface ScheduledReport extends ReportTime {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly headline: string;
  readonly tone: OptimisationReport["tone"];
  readonly madeAtMs: number;
  /** Undefined while it waits to be sent. */
  readonly sentAtMs: number | undefined;
  /** Why the last attempt failed; undefined where it did not. */
  readonly error: string | undefined;
}

/** @returns since when the schedule is as it is now, ms since the epoch: from the first call that says so on */
export async function noteSchedule(
  db: Queryable,
  { name, schedule, timeZone }: Pick<ReportSchedule, "name" | "schedule" | "timeZone">,
  nowMs: number,
): Promise<number> {
  const { rows } = await db.query<{ since: Date }>({
    name: "report_schedules.note",
    text: `insert into observer.report_schedules as known (name, pattern, time_zone, since) values ($1, $2, $3, $4)
           on conflict (name) do update
             set pattern = excluded.pattern, time_zone = excluded.time_zone,
                 since = case when (known.pattern, known.time_zone) = (excluded.pattern, excluded.time_zone)
                              then known.since else excluded.since end
           returning since`,
    values: [name, schedule, timeZone, toTime(nowMs)],
  });
  return toMs(rows[0]?.since ?? new Date(nowMs));
}

/**
 * Takes a report in hand, for a lease on the database's clock: of several observers one gets it, and another one when the first is gone.
 *
 * @returns `sent` where that is done already, `taken` while somebody else has it
 */
export async function claimReport(
  db: Queryable,
  { schedule, dueMs }: ReportTime,
  period: { readonly fromMs: number; readonly toMs: number },
  leaseSeconds: number,
): Promise<ClaimedReport | "sent" | "taken"> {
  const { rows } = await db.query<{ id: string; report: OptimisationReport | null; attempts: number }>({
    name: "reports.claim",
    text: `insert into observer.reports as known (id, schedule, due_at, period_from, period_to, claimed_until)
           values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
           on conflict (schedule, due_at) do update
             set claimed_until = excluded.claimed_until, attempts = known.attempts + 1
           where known.sent_at is null and known.claimed_until <= now()
           returning id, report, attempts`,
    values: [randomUUID(), schedule, toTime(dueMs), toTime(period.fromMs), toTime(period.toMs), leaseSeconds],
  });
  const [claimed] = rows;
  if (claimed !== undefined) return { ...claimed, report: claimed.report ?? undefined };
  const { rows: known } = await db.query<{ sent: boolean }>({
    name: "reports.is_sent",
    text: "select sent_at is not null as sent from observer.reports where schedule = $1 and due_at = $2",
    values: [schedule, toTime(dueMs)],
  });
  return known[0]?.sent === true ? "sent" : "taken";
}

export async function storeReport(db: Queryable, id: string, report: OptimisationReport): Promise<void> {
  await db.query({
    name: "reports.store",
    text: "update observer.reports set report = $2, made_at = $3 where id = $1",
    values: [id, JSON.stringify(report), report.period.generatedAt],
  });
}

export async function markReportSent(db: Queryable, id: string, atMs: number): Promise<void> {
  await db.query({
    name: "reports.mark_sent",
    text: "update observer.reports set sent_at = $2, error = null where id = $1",
    values: [id, toTime(atMs)],
  });
}

/** Gives a report back: whoever comes first after the pause tries again. */
export async function giveReportBack(
  db: Queryable,
  id: string,
  { error, pauseSeconds }: { readonly error: string; readonly pauseSeconds: number },
): Promise<void> {
  await db.query({
    name: "reports.give_back",
    text: "update observer.reports set error = $2, claimed_until = now() + make_interval(secs => $3) where id = $1 and sent_at is null",
    values: [id, error.slice(0, 1_000), pauseSeconds],
  });
}

interface ReportRow {
  readonly id: string;
  readonly schedule: string;
  readonly due_at: Date;
  readonly period_from: Date;
  readonly period_to: Date;
  readonly headline: string;
  readonly tone: OptimisationReport["tone"];
  readonly made_at: Date;
  readonly sent_at: Date | null;
  readonly error: string | null;
}

/** Those that were made, newest first. @param limit 1..1000 */
export async function listScheduledReports(db: Queryable, limit: number): Promise<ScheduledReport[]> {
  const { rows } = await db.query<ReportRow>({
    name: "reports.list",
    text: `select id, schedule, due_at, period_from, period_to, report->>'headline' as headline, report->>'tone' as tone, made_at,
                  sent_at, error
             from observer.reports where report is not null order by due_at desc, schedule limit $1`,
    values: [limit],
  });
  return rows.map((row) => ({
    id: row.id,
    schedule: row.schedule,
    dueMs: toMs(row.due_at),
    fromMs: toMs(row.period_from),
    toMs: toMs(row.period_to),
    headline: row.headline,
    tone: row.tone,
    madeAtMs: toMs(row.made_at),
    sentAtMs: toMs(row.sent_at),
    error: row.error ?? undefined,
  }));
}

/** @param id a UUID; @returns undefined where there is none, or it was not made yet */
export async function getScheduledReport(db: Queryable, id: string): Promise<OptimisationReport | undefined> {
  const { rows } = await db.query<{ report: OptimisationReport | null }>({
    name: "reports.get",
    text: "select report from observer.reports where id = $1",
    values: [id],
  });
  return rows[0]?.report ?? undefined;
}

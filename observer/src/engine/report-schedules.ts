import type { Logger } from "@kontor/kit/logger";
import { lastDueMs, type ReportSchedule } from "../config/report-schedule.ts";
import { withVisibleTexts } from "../reports/clean-text.ts";
import { toReportFile } from "../reports/report-files.ts";
import type { OptimisationReport } from "../reports/report-schema.ts";
import { toReportNotice } from "../reports/to-report-notice.ts";
import {
  type ClaimedReport,
  claimReport,
  giveReportBack,
  markReportSent,
  noteSchedule,
  storeReport,
} from "../state/scheduled-reports.ts";
import type { State } from "./open-state.ts";
import { makeReport, type ReportMakerOptions } from "./report-maker.ts";
import type { SendReport } from "./report-sender.ts";

export interface ReportScheduleOptions extends ReportMakerOptions {
  readonly state: Pick<State, "run" | "isReady">;
  /** Asked anew each time, so that a reload holds. */
  readonly schedules: () => readonly ReportSchedule[];
  /** Undefined where there is no way to send: reports are made and kept all the same. */
  readonly send: SendReport | undefined;
  readonly logger: Pick<Logger, "info" | "warn">;
}

export interface ReportSchedules extends AsyncDisposable {
  /** Makes and sends what is due. Told by a timer; tests call it themselves. */
  run(): Promise<void>;
}

const everyMs = 10_000;
const hourMs = 3_600_000;
/** Longer than making and handing over a report ever takes; after it another observer may have it. */
const leaseSeconds = 300;
const firstPauseSeconds = 20;
const longestPauseSeconds = 900;

/**
 * Sends each report once for every time it is due: a row of the database says whether that was done, and who is at it. Between handing a
 * report over and writing that down a crash makes it go out again under the same id, by which its receivers drop it.
 */
export function startReportSchedules(options: ReportScheduleOptions): ReportSchedules {
  const { state, logger } = options;
  /** The last due time that is known to be settled, by schedule. */
  const settledMs = new Map<string, number>();
  let running: Promise<void> = Promise.resolve();

  const runOne = async (schedule: ReportSchedule): Promise<void> => {
    const { name } = schedule;
    const nowMs = options.nowMs();
    const dueMs = lastDueMs(schedule, nowMs);
    const key = JSON.stringify([name, schedule.schedule, schedule.timeZone]);
    if (settledMs.get(key) === (dueMs ?? 0)) return;
    const sinceMs = await state.run((db) => noteSchedule(db, schedule, nowMs));
    if (dueMs === undefined || dueMs <= sinceMs) {
      settledMs.set(key, dueMs ?? 0);
      return;
    }
    const period = { fromMs: dueMs - schedule.periodHours * hourMs, toMs: dueMs };
    const claimed = await state.run((db) => claimReport(db, { schedule: name, dueMs }, period, leaseSeconds));
    if (claimed === "taken") return;
    if (claimed !== "sent") await sendClaimed(options, schedule, claimed, period);
    settledMs.set(key, dueMs);
  };
  const run = async (): Promise<void> => {
    if (!state.isReady) return;
    for (const schedule of options.schedules()) {
      try {
        await runOne(schedule);
      } catch (error) {
        logger.warn({ error, schedule: schedule.name }, "a report that is due cannot be sent yet");
      }
    }
  };
  const runInTurn = (): Promise<void> => {
    running = running.then(run);
    return running;
  };
  const timer = setInterval(() => void runInTurn(), everyMs);
  return {
    run: runInTurn,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}

async function sendClaimed(
  options: ReportScheduleOptions,
  schedule: ReportSchedule,
  { id, report: made, attempts }: ClaimedReport,
  period: { readonly fromMs: number; readonly toMs: number },
): Promise<void> {
  const { state, send, publicUrl, nowMs, logger } = options;
  try {
    const report = made ?? (await makeAndStore(options, id, period));
    if (send === undefined) {
      const missing = "BUS_URL or SMTP_URL";
      logger.warn({ schedule: schedule.name, missing }, "a report was made and has no way to be sent");
    } else {
      const file = await toReportFile(report, schedule.format);
      const recipients = schedule.to ?? [];
      const url = `${publicUrl}/reports/${id}`;
      await send(toReportNotice(report, { id, schedule: schedule.name, recipients, url, file }));
    }
    await state.run((db) => markReportSent(db, id, nowMs()));
    if (send !== undefined) logger.info({ schedule: schedule.name, id }, "a report was sent");
  } catch (error) {
    const pauseSeconds = Math.min(firstPauseSeconds * 2 ** (attempts - 1), longestPauseSeconds);
    const reason = error instanceof Error ? error.message : String(error);
    await state.run((db) => giveReportBack(db, id, { error: reason, pauseSeconds })).catch(() => undefined);
    throw error;
  }
}

/** What is kept has no character that PostgreSQL or a reader could not take. */
async function makeAndStore(
  options: ReportScheduleOptions,
  id: string,
  period: { readonly fromMs: number; readonly toMs: number },
): Promise<OptimisationReport> {
  const report = withVisibleTexts(await makeReport(options, period));
  await options.state.run((db) => storeReport(db, id, report));
  return report;
}

import { AppError } from "@kontor/kit/errors";
import { buildOptimisationReport } from "../reports/build-optimisation-report.ts";
import { collectReportInput } from "../reports/collect-report-input.ts";
import { openReportWriter, type ReportFormat, type ReportWriter } from "../reports/report-files.ts";
import type { ReportSources, ReportTimes } from "../reports/report-input.ts";
import type { OptimisationReport } from "../reports/report-schema.ts";

/** Makes reports for those who ask: few at a time, for each reads the store and may take a thread. */
export interface ReportMaker {
  /**
   * Makes a report and hands it on; both count as one that is being made.
   *
   * @throws AppError `reports.busy` (503) while others are being made
   */
  make<T>(
    range: Pick<ReportTimes, "fromMs" | "toMs">,
    use: (report: OptimisationReport) => Promise<T>,
  ): Promise<T>;
  /** The same for a file: its writer gets ready while the report is made, and is closed after `use`. */
  makeToWrite<T>(
    range: Pick<ReportTimes, "fromMs" | "toMs">,
    format: ReportFormat,
    use: (report: OptimisationReport, writer: ReportWriter) => Promise<T>,
  ): Promise<T>;
}

export interface ReportMakerOptions {
  readonly sources: ReportSources;
  /** Where people reach this observer, without a slash at the end. */
  readonly publicUrl: string;
  /** Ms since the epoch. */
  readonly nowMs: () => number;
}

const atOnceMax = 2;

export function createReportMaker(options: ReportMakerOptions): ReportMaker {
  let running = 0;
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnceMax) {
      const message = "Other reports are being made. Ask again in some seconds.";
      throw new AppError("unavailable", "reports.busy", message, { retryAfterSeconds: 5 });
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  }
  return {
    make: (range, use) => inTurn(async () => use(await makeReport(options, range))),
    makeToWrite: (range, format, use) =>
      inTurn(async () => {
        await using writer = openReportWriter(format);
        return await use(await makeReport(options, range), writer);
      }),
  };
}

/** The report of a time, whoever else has one made. */
export async function makeReport(
  { sources, publicUrl, nowMs }: ReportMakerOptions,
  range: Pick<ReportTimes, "fromMs" | "toMs">,
): Promise<OptimisationReport> {
  const times = { ...range, nowMs: nowMs() };
  return buildOptimisationReport(await collectReportInput(sources, publicUrl, times), times);
}

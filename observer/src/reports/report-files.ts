import { renderInWorker } from "./render/render-in-worker.ts";
import type { OptimisationReport } from "./report-schema.ts";

export const reportFormats = ["json", "md", "html", "pdf"] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** What people call them. */
export const reportFormatLabels: Record<ReportFormat, string> = {
  ...{ json: "JSON", md: "Markdown", html: "HTML", pdf: "PDF" },
};

/** A report as a file. */
export interface ReportFile {
  /** Tells what it is and until when: `kontor-optimisation-20260921T1400.html`. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

const contentTypes: Record<ReportFormat, string> = {
  json: "application/json; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  html: "text/html; charset=utf-8",
  pdf: "application/pdf",
};

/** Renders a report; documents in a thread of their own. @throws what the thread throws */
export async function toReportFile(report: OptimisationReport, format: ReportFormat): Promise<ReportFile> {
  const stamp = report.period.to.slice(0, 16).replace(/[-:]/g, "");
  const bytes =
    format === "json"
      ? new TextEncoder().encode(JSON.stringify(report))
      : await renderInWorker(report, format);
  return { name: `kontor-${report.report}-${stamp}.${format}`, contentType: contentTypes[format], bytes };
}

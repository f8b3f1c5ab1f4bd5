import { openRenderer, type ReportRenderer } from "./render/render-in-worker.ts";
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

/** A format that reports are written in, made ready before there is one. */
export interface ReportWriter extends AsyncDisposable {
  /** Once. @throws what the thread that renders throws */
  write(report: OptimisationReport): Promise<ReportFile>;
}

/** Opens it before the figures are read, because the libraries of a document take as long to load. */
export function openReportWriter(format: ReportFormat): ReportWriter {
  const renderer: ReportRenderer | undefined = format === "json" ? undefined : openRenderer(format);
  return {
    async write(report) {
      const stamp = report.period.to.slice(0, 16).replace(/[-:]/g, "");
      const bytes =
        renderer === undefined
          ? new TextEncoder().encode(JSON.stringify(report))
          : await renderer.render(report);
      return { name: `kontor-${report.report}-${stamp}.${format}`, contentType: contentTypes[format], bytes };
    },
    async [Symbol.asyncDispose]() {
      await renderer?.[Symbol.asyncDispose]();
    },
  };
}

/** Renders a report that is there already; documents in a thread of their own. @throws what the thread throws */
export async function toReportFile(report: OptimisationReport, format: ReportFormat): Promise<ReportFile> {
  await using writer = openReportWriter(format);
  return await writer.write(report);
}

import type { OptimisationReport } from "../report-schema.ts";

/** Formats that a report is rendered to; JSON is the report itself. */
export type RenderedFormat = "md" | "html" | "pdf";

/**
 * Renders in this thread: some hundred ms for HTML and PDF. Each format loads only what it needs.
 *
 * @returns the bytes of the document; text is UTF-8
 */
export async function renderReport(report: OptimisationReport, format: RenderedFormat): Promise<Uint8Array> {
  switch (format) {
    case "pdf":
      return (await import("./render-pdf.ts")).renderPdf(report);
    case "html":
      return new TextEncoder().encode((await import("./render-html.ts")).renderHtml(report));
    case "md":
      return new TextEncoder().encode((await import("./render-markdown.ts")).renderMarkdown(report));
  }
}

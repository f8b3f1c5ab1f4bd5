import type { OptimisationReport } from "../report-schema.ts";

/** Formats that a report is rendered to; JSON is the report itself. */
export type RenderedFormat = "md" | "html" | "pdf";

type Render = (report: OptimisationReport) => Promise<Uint8Array>;

/** Loads what a format needs, and nothing of the others: most of the time of a small document. */
export async function loadRenderer(format: RenderedFormat): Promise<Render> {
  switch (format) {
    case "pdf":
      return (await import("./render-pdf.ts")).renderPdf;
    case "html": {
      const { renderHtml } = await import("./render-html.ts");
      return async (report) => new TextEncoder().encode(renderHtml(report));
    }
    case "md": {
      const { renderMarkdown } = await import("./render-markdown.ts");
      return async (report) => new TextEncoder().encode(renderMarkdown(report));
    }
  }
}

/**
 * Renders in this thread: some hundred ms for HTML and PDF.
 *
 * @returns the bytes of the document; text is UTF-8
 */
export async function renderReport(report: OptimisationReport, format: RenderedFormat): Promise<Uint8Array> {
  const render = await loadRenderer(format);
  return render(report);
}

import { parentPort, workerData } from "node:worker_threads";
import type { OptimisationReport } from "../report-schema.ts";
import { type RenderedFormat, renderReport } from "./render-report.ts";

export interface RenderTask {
  readonly report: OptimisationReport;
  readonly format: RenderedFormat;
}

// One report per thread: what it needs of memory and libraries goes with it.
if (parentPort !== null) {
  const { report, format } = workerData as RenderTask;
  const bytes = await renderReport(report, format);
  parentPort.postMessage(bytes);
}

import { Worker } from "node:worker_threads";
import type { OptimisationReport } from "../report-schema.ts";
import type { RenderedFormat } from "./render-report.ts";
import type { RenderTask } from "./render-worker.ts";

const timeoutMs = 30_000;
const heapMbMax = 512;

/** A thread that renders one report. */
export interface ReportRenderer extends AsyncDisposable {
  /**
   * @returns the bytes of the document; text is UTF-8
   * @throws what the thread throws; an Error after 30 s
   */
  render(report: OptimisationReport): Promise<Uint8Array>;
}

/**
 * Opens a thread of its own for a document, so that the tick of the rules never waits for it, and the libraries for it do not stay in
 * memory. It loads them at once: opened before the report's figures are read, it is ready when they are.
 */
export function openRenderer(format: RenderedFormat): ReportRenderer {
  const worker = new Worker(new URL("render-worker.ts", import.meta.url), {
    workerData: { format } satisfies RenderTask,
    // Preloads of this process, such as its telemetry, are no business of the thread.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  });
  const document = new Promise<Uint8Array>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) =>
      reject(new Error(`The thread that renders ended with code ${code} and no document.`)),
    );
  });
  // What goes wrong before anybody asks is told when they do.
  document.catch(() => undefined);
  return {
    async render(report) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const message = `Rendering ${format} took longer than ${timeoutMs / 1_000} s.`;
        timer = setTimeout(() => reject(new Error(message)), timeoutMs);
      });
      try {
        worker.postMessage(report);
        return await Promise.race([document, late]);
      } finally {
        clearTimeout(timer);
      }
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

/** Renders a report that is there already. @throws as `ReportRenderer.render` */
export async function renderInWorker(
  report: OptimisationReport,
  format: RenderedFormat,
): Promise<Uint8Array> {
  await using renderer = openRenderer(format);
  return await renderer.render(report);
}

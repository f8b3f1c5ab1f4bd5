import { Worker } from "node:worker_threads";
import type { OptimisationReport } from "../report-schema.ts";
import type { RenderedFormat } from "./render-report.ts";
import type { RenderTask } from "./render-worker.ts";

const timeoutMs = 30_000;
const heapMbMax = 512;

/**
 * Renders in a thread of its own, so that the tick of the rules never waits for a document, and the libraries for it do not stay in
 * memory.
 *
 * @returns the bytes of the document; text is UTF-8
 * @throws what the thread throws; an Error after 30 s
 */
export async function renderInWorker(
  report: OptimisationReport,
  format: RenderedFormat,
): Promise<Uint8Array> {
  const worker = new Worker(new URL("render-worker.ts", import.meta.url), {
    workerData: { report, format } satisfies RenderTask,
    // Preloads of this process, such as its telemetry, are no business of the thread.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) =>
        reject(new Error(`The thread that renders ended with code ${code} and no document.`)),
      );
      timer = setTimeout(
        () => reject(new Error(`Rendering ${format} took longer than ${timeoutMs / 1_000} s.`)),
        timeoutMs,
      );
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import type { OptimisationReport } from "../report-schema.ts";
import { loadRenderer, type RenderedFormat } from "./render-report.ts";

export interface RenderTask {
  readonly format: RenderedFormat;
}

// One report per thread: what it needs of memory and libraries goes with it.
if (parentPort !== null) {
  const { format } = workerData as RenderTask;
  const render = await loadRenderer(format);
  // A report that came while it loaded waits in the port until it is listened to.
  const [report] = (await once(parentPort, "message")) as [OptimisationReport];
  parentPort.postMessage(await render(report));
}

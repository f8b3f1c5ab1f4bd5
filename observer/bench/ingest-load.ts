import type { Generator } from "./ingest-processes.ts";
import { readUsage } from "./process-usage.ts";
import type { GeneratorReport } from "./span-generator.ts";

export interface Load {
  readonly spansPerSecond: number;
  readonly seconds: number;
}

export const warmUp: Load = { spansPerSecond: 20_000, seconds: 4 };
export const sustained: Load = { spansPerSecond: 20_000, seconds: 12 };
export const goal: Load = { spansPerSecond: 30_000, seconds: 8 };

/** What became of one load, and the CPU of the receiver meanwhile. What it left undone before is in it, what it leaves undone is not. */
export interface Phase {
  readonly report: GeneratorReport;
  readonly cpuSeconds: number;
}

export async function runPhase(
  generator: Generator,
  receiver: { readonly pid: number; readonly url: string },
  load: Load,
): Promise<Phase> {
  const before = await readUsage(receiver.pid);
  const report = await generator.run({ ...load, url: receiver.url });
  const after = await readUsage(receiver.pid);
  return { report, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
}

/** CPU of the receiver for one span that it accepted, in us. */
export function cpuPerSpan({ report, cpuSeconds }: Phase): number {
  return (cpuSeconds * 1e6) / report.acceptedSpans;
}

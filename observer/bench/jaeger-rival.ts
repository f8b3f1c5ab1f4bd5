import { lookForServer } from "@kontor/kit/testing/servers/find-server";
import { startJaeger } from "@kontor/kit/testing/servers/jaeger";
import { serverVersions } from "@kontor/kit/testing/servers/server-versions";
import { cpuPerSpan, runPhase, sustained, warmUp } from "./ingest-load.ts";
import type { Generator } from "./ingest-processes.ts";

export const jaegerName = `Jaeger ${serverVersions.jaeger} with Badger`;

/**
 * Jaeger as the full mode ships it, its traces on disk, under the load that the observer gets, from the same generator.
 *
 * @returns CPU for one accepted span in us; undefined where there is no Jaeger
 * @throws Error when it refuses spans, or has none to show afterwards: it must have done the work it is measured by
 */
export async function measureJaeger(generator: Generator): Promise<number | undefined> {
  if (lookForServer("jaeger") === undefined) return undefined;
  await using jaeger = await startJaeger();
  const receiver = { pid: jaeger.pid, url: `${jaeger.otlpUrl}/v1/traces` };
  await runPhase(generator, receiver, warmUp);
  const phase = await runPhase(generator, receiver, sustained);
  const { sentSpans, acceptedSpans } = phase.report;
  if (acceptedSpans < sentSpans * 0.99)
    throw new Error(`Jaeger took ${acceptedSpans} of ${sentSpans} spans; its CPU says nothing`);
  const { data } = (await (await fetch(`${jaeger.url}/api/services`)).json()) as { data: string[] | null };
  if (data?.includes("core-erp") !== true)
    throw new Error(`Jaeger has not stored what it took: ${JSON.stringify(data)}`);
  return cpuPerSpan(phase);
}

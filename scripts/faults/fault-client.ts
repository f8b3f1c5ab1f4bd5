import { AppError } from "@kontor/kit/errors";
import { z } from "zod";
import type { SystemUrls } from "../start/urls.ts";

export type Fault = { service: string; name: string; on: boolean; description?: string | undefined };

const listed = z.object({
  faults: z.array(z.object({ name: z.string(), on: z.boolean(), description: z.string().optional() })),
});

const timeoutMs = 5_000;

/**
 * The fault switches of every service that has any.
 *
 * @throws AppError `faults.unreachable` when no service answers
 */
export async function listFaults(urls: SystemUrls): Promise<Fault[]> {
  const services = { auth: urls.auth, "core-erp": urls.coreErp, notification: urls.notification };
  const answers = await Promise.all(
    Object.entries(services).map(([service, url]) => readFaults(service, url)),
  );
  if (answers.every((answer) => answer === undefined)) {
    const message = `No service answers at ${Object.values(services).join(", ")}. Start the system first, or name its data folder with --data.`;
    throw new AppError("unavailable", "faults.unreachable", message);
  }
  return answers.flatMap((answer) => answer ?? []);
}

/** @returns undefined for a service that is away, none for one without faults */
async function readFaults(service: string, url: string): Promise<Fault[] | undefined> {
  const response = await fetch(`${url}/internal/faults`, { signal: AbortSignal.timeout(timeoutMs) }).catch(
    () => undefined,
  );
  if (response === undefined) return undefined;
  if (!response.ok) return [];
  const { faults } = listed.parse(await response.json());
  return faults.map((fault) => ({ service, ...fault }));
}

/**
 * Switches a fault of whichever service has it.
 *
 * @throws AppError `cli.argument` with the names there are; `faults.unreachable`
 */
export async function switchFault(urls: SystemUrls, name: string, on: boolean): Promise<Fault> {
  const faults = await listFaults(urls);
  const fault = faults.find((each) => each.name === name);
  if (fault === undefined) {
    const known =
      faults.length === 0
        ? "none: fault switches are off in this deployment (FAULTS_ENABLED)"
        : faults.map((each) => each.name).join(", ");
    throw new AppError(
      "invalid",
      "cli.argument",
      `There is no fault ${JSON.stringify(name)}; there are ${known}.`,
    );
  }
  const url = { auth: urls.auth, "core-erp": urls.coreErp, notification: urls.notification }[fault.service];
  const response = await fetch(`${url}/internal/faults/${encodeURIComponent(name)}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ on }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined);
  if (response?.ok) return { ...fault, on };
  throw new AppError(
    "unavailable",
    "faults.unreachable",
    `${fault.service} did not switch ${name}: ${response?.status ?? "no answer"}.`,
  );
}

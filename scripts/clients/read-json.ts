import type { z } from "zod";

/** No answer within this counts as none. */
const timeoutMs = 5_000;

/**
 * One read over public HTTP.
 *
 * @returns undefined when the address does not answer, or answers with an error: whoever waits asks again
 * @throws z.ZodError when it answers something else than is promised: asking again would not help
 */
export async function readJson<S extends z.ZodType>(url: string, schema: S): Promise<z.infer<S> | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined);
  if (response === undefined) return undefined;
  const body: unknown = await response.json().catch(() => undefined);
  return response.ok && body !== undefined ? schema.parse(body) : undefined;
}

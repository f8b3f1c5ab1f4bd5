import { z } from "zod";
import type { OpenApiDocument } from "./merge-open-api.ts";

const shape = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.unknown()).optional(),
  components: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const fetchDeadlineMs = 2_000;

/** The documents of the services, from the first instance of each that answers; a service that is away has none. */
export async function fetchDocuments(services: readonly (readonly string[])[]): Promise<OpenApiDocument[]> {
  const found = await Promise.all(services.map(fetchFromAny));
  return found.filter((document) => document !== undefined);
}

async function fetchFromAny(urls: readonly string[]): Promise<OpenApiDocument | undefined> {
  for (const url of urls) {
    try {
      const response = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(fetchDeadlineMs) });
      if (response.ok) return shape.parse(await response.json()) as OpenApiDocument;
    } catch {
      // Away, too slow, or no OpenAPI: the next instance may do better, and the other services still have theirs.
    }
  }
  return undefined;
}

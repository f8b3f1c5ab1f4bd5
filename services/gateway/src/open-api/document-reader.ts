import { z } from "zod";
import type { OpenApiDocument } from "./merge-open-api.ts";

const shape = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.unknown()).optional(),
  components: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const fetchDeadlineMs = 2_000;

/**
 * Reads the documents of the services, from the first instance of each that answers. Of a service that is away or slow just now
 * the last one counts, so that the document of all does not shrink; one that never answered has none.
 *
 * @param services the addresses of each one's instances
 */
export function createDocumentReader(
  services: readonly (readonly string[])[],
): () => Promise<OpenApiDocument[]> {
  const last: (OpenApiDocument | undefined)[] = services.map(() => undefined);
  return async () => {
    await Promise.all(
      services.map(async (urls, index) => {
        last[index] = (await fetchFromAny(urls)) ?? last[index];
      }),
    );
    return last.filter((document) => document !== undefined);
  };
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

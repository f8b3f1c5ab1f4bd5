import { setTimeout } from "node:timers/promises";
import type { Request } from "express";
import type { CatalogueQueries } from "../api/services.routes.ts";
import type { ReadServiceMap } from "../service-map/read-service-map.ts";
import { oneOf, queryText } from "./page-request.ts";
import type { Rendered } from "./rendered.ts";
import { mapRangeMs, mapRanges, serviceMapPage } from "./service-map-page.ts";

export interface ServiceMapPageDeps extends Pick<CatalogueQueries, "listServices"> {
  now(): number;
  readonly readServiceMap: ReadServiceMap;
  /** How long a page waits for the numbers before it is shown without them. */
  readonly mapWaitMs?: number;
}

const nodesMax = 400;
const waitMs = 2_500;

export async function showServiceMap(deps: ServiceMapPageDeps, request: Request): Promise<Rendered> {
  const range = oneOf(mapRanges, queryText(request, "from"));
  const focus = queryText(request, "service");
  const toMs = deps.now();
  const reading = deps.readServiceMap({ fromMs: toMs - mapRangeMs[range], toMs }, focus, nodesMax);
  const alarm = new AbortController();
  const late = setTimeout(deps.mapWaitMs ?? waitMs, undefined, { signal: alarm.signal }).catch(
    () => undefined,
  );
  const read = await Promise.race([reading, late]).finally(() => alarm.abort());
  // The answer is kept for the next time the page asks; nobody waits for a failure of it any more.
  if (read === undefined) reading.catch(() => undefined);
  const services = [...new Set(deps.listServices().map(({ service }) => service))].sort();
  return { ...serviceMapPage({ read, range, focus, services }), place: "map", live: true, wide: true };
}

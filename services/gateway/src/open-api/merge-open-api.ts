import type { ProxyRoute } from "../proxy/proxy-routes.ts";

export type OpenApiDocument = {
  openapi: string;
  info: { title: string; version: string };
  paths?: Record<string, unknown>;
  components?: Record<string, Record<string, unknown>>;
};

/**
 * One document of what passes the gateway. Components of the same name are taken from the first that has them: services
 * share theirs through the kit, and name their own after themselves.
 */
export function mergeOpenApi(
  documents: readonly OpenApiDocument[],
  routes: readonly ProxyRoute[],
  info: { title: string; version: string },
): OpenApiDocument {
  const prefixes = routes.map(({ path }) => path.replace(/\{.*$/, ""));
  const passes = (path: string): boolean =>
    prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  const merged: Required<OpenApiDocument> = { openapi: "3.1.0", info, paths: {}, components: {} };
  for (const { paths = {}, components = {} } of documents) {
    for (const [path, item] of Object.entries(paths)) if (passes(path)) merged.paths[path] ??= item;
    for (const [kind, entries] of Object.entries(components)) {
      merged.components[kind] = { ...entries, ...merged.components[kind] };
    }
  }
  return merged;
}

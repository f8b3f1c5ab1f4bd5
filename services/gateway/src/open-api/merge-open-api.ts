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
    for (const [path, item] of Object.entries(paths))
      if (passes(path)) merged.paths[path] ??= withGatewayAnswers(item);
    for (const [kind, entries] of Object.entries(components)) {
      merged.components[kind] = { ...entries, ...merged.components[kind] };
    }
  }
  return merged;
}

const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
const text = { type: "string" };
const retryAfter = { "Retry-After": { description: "Seconds to wait before another try", schema: text } };
const limits = {
  RateLimit: { description: "What is left of the policy and until when", schema: text },
  "RateLimit-Policy": { description: "How much in how many seconds", schema: text },
};

/** What the gateway itself answers in place of a service. */
const gatewayAnswers = {
  408: { description: "The body was not complete in time", content: problem },
  413: { description: "The body is too large", content: problem },
  429: {
    description: "More requests than the policy allows",
    headers: { ...retryAfter, ...limits },
    content: problem,
  },
  502: { description: "The service broke off; whether it acted is not known", content: problem },
  503: { description: "The service cannot be reached just now", headers: retryAfter, content: problem },
  504: { description: "The service did not answer in time", content: problem },
};

function withGatewayAnswers(item: unknown): unknown {
  const operations = Object.entries(item as Record<string, Record<string, unknown>>);
  return Object.fromEntries(
    operations.map(([method, operation]) => {
      if (typeof operation.responses !== "object") return [method, operation];
      return [method, { ...operation, responses: { ...gatewayAnswers, ...operation.responses } }];
    }),
  );
}

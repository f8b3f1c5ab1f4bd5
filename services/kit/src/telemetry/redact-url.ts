import type { IncomingMessage, RequestOptions } from "node:http";
import type { Attributes } from "@opentelemetry/api";

/** Numbers of paging and flags say something to a developer and nothing about a person. */
const harmlessValue = /^(?:\d{1,6}|true|false)$/;

/** `q=M%C3%BCller&limit=20` becomes `q=*&limit=20`: names stay, values that could be about a person do not. */
export function redactQuery(query: string): string {
  return query
    .split("&")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at === -1 || harmlessValue.test(pair.slice(at + 1)) ? pair : `${pair.slice(0, at)}=*`;
    })
    .join("&");
}

/** Attributes of a server span that replace what the http instrumentation would say: no address, no personal query. */
export function describeIncoming(request: IncomingMessage): Attributes {
  const at = request.url?.indexOf("?") ?? -1;
  return {
    "client.address": undefined,
    "network.peer.address": undefined,
    ...(at === -1 ? {} : { "url.query": redactQuery((request.url ?? "").slice(at + 1)) }),
  };
}

/** The same for a client span of node:http. */
export function describeOutgoing(options: RequestOptions): Attributes {
  const path = options.path ?? "/";
  if (!path.includes("?")) return {};
  const host = options.hostname ?? options.host ?? "localhost";
  const port = options.port == null ? "" : `:${options.port}`;
  return { "url.full": `${options.protocol ?? "http:"}//${host}${port}${redactPath(path)}` };
}

/** The same for fetch and undici. */
export function describeFetch(request: { origin: unknown; path: string }): Attributes {
  if (!request.path.includes("?")) return {};
  const path = redactPath(request.path);
  return { "url.full": `${request.origin}${path}`, "url.query": path.slice(path.indexOf("?")) };
}

function redactPath(path: string): string {
  const at = path.indexOf("?");
  return `${path.slice(0, at)}?${redactQuery(path.slice(at + 1))}`;
}

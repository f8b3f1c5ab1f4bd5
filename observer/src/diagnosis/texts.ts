import { toNameTemplate } from "./addresses.ts";
import { entryOf, type SpanNode } from "./trace-tree.ts";

/** `1.2 s`, `412 ms`, `3.4 ms`, `0.08 ms`: three figures at most. */
export function formatMs(ms: number): string {
  if (ms >= 60_000) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(ms >= 10_000 ? 1 : 2)} s`;
  if (ms >= 100) return `${Math.round(ms)} ms`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  return `${ms.toFixed(2)} ms`;
}

/** Cuts a text at the end, with an ellipsis for what is gone. */
export function shorten(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

/** What people call the work of a span: the query's name, the statement, the callee, the route. Never an id. */
export function describeNode(node: SpanNode): string {
  const { span } = node;
  if (span.role === "statement") return span.functionName ?? span.statement?.summary ?? span.name;
  if (span.role === "connection") return "waiting for a database connection";
  if (span.role === "http-call") return `call ${describeCallee(node)}`;
  if (span.role === "store-call") return span.callee ?? span.name;
  if (span.role === "publish") return `publish ${span.callee ?? span.name}`;
  if (span.role === "work" || span.role === "remote-call")
    return span.functionName ?? toNameTemplate(span.name);
  return span.route ?? toNameTemplate(span.name);
}

/** Of the observed service that a call reached. */
export function routeOfCallee(node: SpanNode): string | undefined {
  return node.children.find((child) => child.span.role === "request")?.span.route;
}

/** The operation a call reaches: what its server says of itself where that server is observed, else what the client knows. */
export function describeCallee(node: SpanNode): string {
  const server = node.children.find((child) => child.span.role === "request");
  if (server?.span.route !== undefined) return `${server.span.service} ${server.span.route}`;
  return node.span.callee ?? node.span.name;
}

/** `one request of GET /api/orders`, `one run of import`. */
export function describeOccasion(node: SpanNode): string {
  return `one ${entryOf(node).span.route === undefined ? "run" : "request"} of ${describeEntry(node)}`;
}

/**
 * What identifies a called operation in every mode: service and route where the callee is observed, else method and path without ids.
 * Host and port are left out, because they change with the mode.
 */
export function calleeKey(node: SpanNode): string {
  const server = node.children.find((child) => child.span.role === "request");
  if (server?.span.route !== undefined) return `${server.span.service} ${server.span.route}`;
  const { callee, name, role } = node.span;
  if (callee === undefined) return toNameTemplate(name);
  return role === "http-call" ? callee.replace(/^(\S+ )[^/]*/, "$1") : toNameTemplate(callee);
}

/** Where a request enters its service, in words: `GET /api/orders`; for background work its name. */
export function describeEntry(node: SpanNode): string {
  const { span } = entryOf(node);
  return span.route ?? toNameTemplate(span.name);
}

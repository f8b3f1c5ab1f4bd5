import type { Attributes, SpanKind, SpanRecord } from "../store/span-record.ts";
import { hidesValues, namesFile, toUrlTemplate } from "./addresses.ts";
import type { Statement } from "./statement.ts";

/**
 * What a span does, as far as detectors care. `request` and `message` are entry points; `connection` is waiting for or opening a
 * database connection, which is no work of its own; `store-call` is a database call that is no SQL.
 */
export type SpanRole =
  | "request"
  | "message"
  | "statement"
  | "connection"
  | "store-call"
  | "http-call"
  | "publish"
  | "remote-call"
  | "work";

/** The part of a span that diagnosis reads: small, so that a trace can wait for its last span without its attributes. */
export interface SpanFacts {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly role: SpanRole;
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly instance: string | undefined;
  /** Ms since the epoch with a fraction; exact to a quarter of a microsecond. */
  readonly startMs: number;
  /** Never negative: a clock that went back during a span gives 0. */
  readonly durationMs: number;
  readonly failed: boolean;
  /** Of an entry point: method and `http.route`, as in `Subject.route`. */
  readonly route: string | undefined;
  /** `code.function.name`: for our own services the name of the query. */
  readonly functionName: string | undefined;
  readonly statement: Statement | undefined;
  /** Keyed hash of a statement's parameters. Equal for equal parameters; undefined where the sender gives none. */
  readonly parametersHash: string | undefined;
  /** Of a call: the operation without ids, `GET core-erp:8002/api/items/{id}`; the destination of a message. */
  readonly callee: string | undefined;
  /** Of an HTTP call its full URL, to tell equal calls from calls for different things; of a request its path and query. */
  readonly target: string | undefined;
  /** Largest body seen on this span, request or response, in bytes. */
  readonly bodyBytes: number | undefined;
  /** The response is no JSON, XML or text, by its media type where that is known, else by its name. */
  readonly isFile: boolean;
}

export const parametersHashAttribute = "kontor.db.parameters_hash";

const sqlVerb =
  /^[\s(]*(?:--[^\n]*\n\s*|\/\*[^*]*\*\/\s*)?(?:select|insert|update|delete|with|merge|declare|truncate|upsert|begin|commit|rollback|start|savepoint|release|set|show|call|exec|copy|fetch|values|replace)\b/i;
/** Systems whose statements are not SQL though they fill `db.query.text`. */
const notSql = new Set([
  "redis",
  "memcached",
  "mongodb",
  "elasticsearch",
  "opensearch",
  "couchdb",
  "aws.dynamodb",
  "hbase",
  "neo4j",
]);

function text(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function size(attributes: Attributes, name: string): number {
  const value = attributes[name];
  return typeof value === "number" ? value : 0;
}

/** Of a header that the sender was told to record. */
function header(attributes: Attributes, of: "request" | "response", name: string): string | undefined {
  const values = attributes[`http.${of}.header.${name}`];
  const value = Array.isArray(values) ? values[0] : values;
  return typeof value === "string" ? value : undefined;
}

/** What was transferred of a body, in bytes; 0 where nothing tells it. */
function bodySize(attributes: Attributes, of: "request" | "response"): number {
  const announced = header(attributes, of, "content-length") ?? "";
  return Math.max(
    size(attributes, `http.${of}.body.size`),
    /^\d{1,15}$/.test(announced) ? Number(announced) : 0,
  );
}

function httpCallee(attributes: Attributes, url: string | undefined): string {
  const method = text(attributes, "http.request.method") ?? "GET";
  const template = text(attributes, "url.template");
  if (template !== undefined) {
    return `${method} ${text(attributes, "server.address") ?? ""}${template}`;
  }
  if (url !== undefined) return `${method} ${toUrlTemplate(url)}`;
  return `${method} ${text(attributes, "server.address") ?? "?"}`;
}

/** Of a call; older senders give path and host apart. */
function urlOf(attributes: Attributes): string | undefined {
  const full = text(attributes, "url.full");
  const path = text(attributes, "url.path");
  if (full !== undefined || path === undefined) return full;
  const query = text(attributes, "url.query");
  return `//${text(attributes, "server.address") ?? ""}${path}${query === undefined ? "" : `?${query}`}`;
}

/** Taking a connection out of a pool, in spans that say nothing of a database: JDBC and Prisma. */
const connectionName = /(?:\.getConnection|^prisma:engine:connection)$/;

type CallFacts = Pick<SpanFacts, "role" | "statement" | "parametersHash" | "callee" | "target">;
const noCall = { statement: undefined, parametersHash: undefined, callee: undefined, target: undefined };

function databaseCall(
  span: SpanRecord,
  system: string,
  readStatement: (sql: string) => Statement,
): CallFacts {
  const { attributes } = span;
  const query = text(attributes, "db.query.text");
  const operation = text(attributes, "db.operation.name");
  // Preparing is no run: that follows in a span of its own.
  if (/(?:^|[.:])prepare$/i.test(span.name)) return { ...noCall, role: "connection" };
  if (query !== undefined && !notSql.has(system) && sqlVerb.test(query)) {
    const parametersHash = text(attributes, parametersHashAttribute);
    return { ...noCall, role: "statement", statement: readStatement(query), parametersHash };
  }
  if (query === undefined && operation === undefined) return { ...noCall, role: "connection" };
  const collection = text(attributes, "db.collection.name");
  const callee = [system, operation ?? query?.split(" ", 1)[0], collection]
    .filter((part) => part !== undefined)
    .join(" ");
  return { ...noCall, role: "store-call", callee };
}

function callFacts(span: SpanRecord, readStatement: (sql: string) => Statement): CallFacts {
  const { attributes, kind } = span;
  if (kind === "server") {
    const query = text(attributes, "url.query");
    const address = text(attributes, "url.path");
    return {
      ...noCall,
      role: "request",
      target: query === undefined ? address : `${address ?? ""}?${query}`,
    };
  }
  if (kind === "consumer")
    return { ...noCall, role: "message", callee: text(attributes, "messaging.destination.name") };
  if (kind === "producer") {
    return {
      ...noCall,
      role: "publish",
      callee: text(attributes, "messaging.destination.name") ?? span.name,
    };
  }
  const system = text(attributes, "db.system.name");
  if (system !== undefined || attributes["db.query.text"] !== undefined) {
    return databaseCall(span, system ?? "sql", readStatement);
  }
  if (connectionName.test(span.name)) return { ...noCall, role: "connection" };
  // Looking a name up and opening a socket belong to the call that needs them.
  if (kind !== "client" || /^(?:dns|tcp|tls)\./.test(span.name)) return { ...noCall, role: "work" };
  const url = urlOf(attributes);
  if (attributes["http.request.method"] !== undefined || url !== undefined) {
    const target = url === undefined || hidesValues(url) ? undefined : url;
    return { ...noCall, role: "http-call", callee: httpCallee(attributes, url), target };
  }
  return { ...noCall, role: "remote-call", callee: span.name };
}

/** By its media type where that is known, else by its name; an answer in part is one too. */
function isFile(attributes: Attributes): boolean {
  const type = header(attributes, "response", "content-type");
  if (type !== undefined) return !/json|xml|^text\/(?!csv)|graphql|urlencoded/i.test(type);
  return attributes["http.response.status_code"] === 206 || namesFile(text(attributes, "url.path") ?? "");
}

/** Method and `http.route` of a server span, as in `Subject.route`; undefined where either is missing. */
export function routeOfSpan(span: Pick<SpanRecord, "kind" | "attributes">): string | undefined {
  if (span.kind !== "server") return undefined;
  const route = text(span.attributes, "http.route");
  const method = text(span.attributes, "http.request.method");
  return route === undefined || method === undefined ? undefined : `${method} ${route}`;
}

/**
 * Reads from a stored span what diagnosis needs of it. Stable attribute names only: ingest has mapped the older ones.
 *
 * @param readStatement see `createStatementReader`
 */
export function toSpanFacts(span: SpanRecord, readStatement: (sql: string) => Statement): SpanFacts {
  const { attributes } = span;
  const bodyBytes = Math.max(bodySize(attributes, "response"), bodySize(attributes, "request"));
  const status = attributes["http.response.status_code"];
  const call = callFacts(span, readStatement);
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    role: call.role,
    environment: span.resource.environment,
    namespace: span.resource.namespace,
    service: span.resource.service,
    instance: span.resource.instance,
    startMs: Number(span.startUnixNano) / 1e6,
    durationMs: Math.max(0, Number(span.endUnixNano - span.startUnixNano) / 1e6),
    failed: span.statusCode === "error" || (typeof status === "number" && status >= 500),
    route: routeOfSpan(span),
    functionName: text(attributes, "code.function.name"),
    statement: call.statement,
    parametersHash: call.parametersHash,
    callee: call.callee,
    target: call.target,
    bodyBytes: bodyBytes === 0 ? undefined : bodyBytes,
    isFile: bodyBytes > 0 && isFile(attributes),
  };
}

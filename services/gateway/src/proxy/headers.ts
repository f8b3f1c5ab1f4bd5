import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** RFC 9110 section 7.6.1: meant for this connection alone. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What only a proxy may say about the client. */
const forwarding = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
]);

export type Client = {
  /** Addresses from the client to us, as far as they are trusted. */
  addresses: readonly string[];
  host: string | undefined;
  protocol: string;
};

/** The headers of a request for an instance. What the client claims about itself is replaced by what is known of it. */
export function toUpstreamHeaders(
  headers: IncomingHttpHeaders,
  client: Client,
  host: string,
): OutgoingHttpHeaders {
  const result = copyEndToEnd(
    headers,
    (name) => forwarding.has(name) || name === "host" || name === "expect",
  );
  result.host = host;
  result["x-forwarded-for"] = client.addresses.join(", ");
  result["x-forwarded-proto"] = client.protocol;
  if (client.host !== undefined) result["x-forwarded-host"] = client.host;
  // Where the body ends is never the client's to take away: named in Connection, its length would be dropped, and the
  // body of a GET would reach the service as a request of its own, one to `/internal` among them.
  if (headers["transfer-encoding"] !== undefined) result["transfer-encoding"] = "chunked";
  else if (headers["content-length"] !== undefined) result["content-length"] = headers["content-length"];
  return result;
}

/** The headers of an answer for the client. */
export function toClientHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return copyEndToEnd(headers, () => false);
}

function copyEndToEnd(
  headers: IncomingHttpHeaders,
  isDropped: (name: string) => boolean,
): OutgoingHttpHeaders {
  const named = headers.connection === undefined ? [] : headers.connection.toLowerCase().split(/\s*,\s*/);
  const result: OutgoingHttpHeaders = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || hopByHop.has(name) || named.includes(name) || isDropped(name)) continue;
    result[name] = value;
  }
  return result;
}

import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as SecureAgent } from "node:https";
import type { Socket } from "node:net";
import type { Request } from "express";
import { type Client, toUpstreamHeaders } from "./headers.ts";

export type ExchangeFailure = Error & {
  /** Nothing had been sent: the instance cannot have acted on the request. */
  wasNeverSent: boolean;
};

/** Connections to one instance; requests above it wait, and their deadline runs. */
const connectionsMax = 256;

/**
 * Connections that nobody has used for so long are closed. A host that is gone says nothing on those that are kept, and a service that
 * comes back at another address is not found through them.
 */
const idleMsMax = 5_000;

/** Connections to instances, kept between requests. */
export type Connections = Disposable & {
  http: Agent;
  https: SecureAgent;
  /** Closes those to an instance that are kept for later: where one is silent, the others are no better. */
  forget(instance: URL): void;
};

export function openConnections(): Connections {
  const options = {
    keepAlive: true,
    maxSockets: connectionsMax,
    scheduling: "lifo",
    timeout: idleMsMax,
  } as const;
  const connections = { http: new Agent(options), https: new SecureAgent(options) };
  return {
    ...connections,
    forget({ protocol, hostname, port }) {
      const isSecure = protocol === "https:";
      const { freeSockets } = isSecure ? connections.https : connections.http;
      const prefix = `${hostname}:${port === "" ? (isSecure ? 443 : 80) : port}:`;
      for (const [name, sockets] of Object.entries(freeSockets))
        if (name.startsWith(prefix)) for (const socket of sockets ?? []) socket.destroy();
    },
    [Symbol.dispose]() {
      connections.http.destroy();
      connections.https.destroy();
    },
  };
}

/** One attempt to have an instance answer. */
export type Exchange = {
  /** Settles with the head of the answer; its body is still to be read. Rejects with an ExchangeFailure. */
  response: Promise<IncomingMessage>;
  abort(reason: Error): void;
};

/**
 * Sends the request to an instance. The body is not touched before there is a connection: an instance that cannot be
 * reached leaves it whole for another.
 */
export function startExchange(
  req: Request,
  url: URL,
  client: Client,
  options: { connections: Connections; watchBody: (chunk: Buffer) => void },
): Exchange {
  let isSent = false;
  const isSecure = url.protocol === "https:";
  const upstream = (isSecure ? requestHttps : requestHttp)({
    agent: isSecure ? options.connections.https : options.connections.http,
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port,
    method: req.method,
    path: req.originalUrl,
    headers: toUpstreamHeaders(req.headers, client, url.host),
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once("response", resolve);
    upstream.on("error", (error) => {
      req.unpipe(upstream);
      req.off("data", options.watchBody);
      reject(Object.assign(error, { wasNeverSent: !isSent }));
    });
  });
  whenConnected(upstream, () => {
    isSent = true;
    if (!hasBody(req)) {
      upstream.end();
      return;
    }
    req.on("data", options.watchBody);
    req.pipe(upstream);
  });
  return { response, abort: (reason) => void upstream.destroy(reason) };
}

export function hasBody(req: IncomingMessage): boolean {
  return req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;
}

function whenConnected(upstream: ClientRequest, then: () => void): void {
  upstream.once("socket", (socket: Socket) => {
    if (socket.connecting) socket.once("connect", then);
    else then();
  });
}

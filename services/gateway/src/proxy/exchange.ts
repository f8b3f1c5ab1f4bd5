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
  /** When the answer is done with: an instance that answered without reading the whole body gives its connection up. */
  close(): void;
};

/**
 * Sends the request to an instance.
 *
 * @param options.body whole; empty where there is none
 */
export function startExchange(
  req: Request,
  url: URL,
  client: Client,
  options: { connections: Connections; body: Buffer },
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
    upstream.on("error", (error) => reject(Object.assign(error, { wasNeverSent: !isSent })));
  });
  whenConnected(upstream, () => {
    isSent = true;
    if (options.body.length === 0) upstream.end();
    else upstream.end(options.body);
  });
  return {
    response,
    abort: (reason) => void upstream.destroy(reason),
    close() {
      if (!upstream.writableFinished) upstream.destroy();
    },
  };
}

function whenConnected(upstream: ClientRequest, then: () => void): void {
  upstream.once("socket", (socket: Socket) => {
    if (socket.connecting) socket.once("connect", then);
    else then();
  });
}

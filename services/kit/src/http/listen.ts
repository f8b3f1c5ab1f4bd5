import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { AppError } from "../errors.ts";
import { answerClientError } from "./client-error.ts";

export type Listening = AsyncDisposable & { url: string; port: number; server: Server };

export type ListenOptions = {
  /** 0 takes a free one. */
  port: number;
  /** Loopback when left out. */
  host?: string;
  /** The environment variable to name when the port is taken. */
  variable?: string;
  /** How long requests in flight may go on after closing began; 5 s when left out. */
  drainDeadlineMs?: number;
};

/**
 * Serves the app. Closing stops accepting, lets /health/ready fail, waits for the requests in flight up to the
 * deadline, then cuts what is left.
 *
 * @throws AppError `listen.port_taken` or `listen.not_permitted`
 */
export async function listen(app: Express, options: ListenOptions): Promise<Listening> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer(app);
  // Above the idle time of the clients that keep connections to us, so that the server is never the first to close.
  server.keepAliveTimeout = 65_000;
  server.on("clientError", answerClientError);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(toListenError(error, host, options)));
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    async [Symbol.asyncDispose]() {
      app.locals.stopping = true;
      await drain(server, options.drainDeadlineMs ?? 5_000);
    },
  };
}

async function drain(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

function toListenError(error: NodeJS.ErrnoException, host: string, options: ListenOptions): Error {
  const variable = options.variable ?? "PORT";
  const where = `${host}:${options.port}`;
  const details = { host, port: options.port, variable };
  if (error.code === "EADDRINUSE") {
    const message = `Port ${options.port} on ${host} is taken. Stop what listens there, or set ${variable} to a free port.`;
    return new AppError("conflict", "listen.port_taken", message, { details, cause: error });
  }
  if (error.code === "EACCES" || error.code === "EADDRNOTAVAIL") {
    const message = `Cannot listen on ${where} (${error.code}). Set HOST and ${variable} to an address of this machine that may be used.`;
    return new AppError("invalid", "listen.not_permitted", message, { details, cause: error });
  }
  return error;
}

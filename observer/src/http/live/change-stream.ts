import { AppError } from "@kontor/kit/errors";
import type { RequestHandler, Response } from "express";

export interface ChangeStreamOptions {
  /** A text that differs when something changed that nobody should wait for: an alert, a silence. */
  readonly readState: () => string;
  /** Values move with every tick; pages are told of that this often. */
  readonly beatMs?: number;
  readonly clientsMax?: number;
  /** So that proxies keep the connection, and a client that is gone is noticed. */
  readonly heartbeatMs?: number;
}

/** Tells open pages that there is something new; what it is, they ask themselves. */
export interface ChangeStream extends Disposable {
  /** Answers with server-sent events `changed`. 503 beyond `clientsMax`, where pages poll. */
  readonly handler: RequestHandler;
  /** Called at every tick. */
  note(atMs: number): void;
  readonly clientCount: number;
}

/** A client that does not read is let go before its answer fills the memory. */
const unreadBytesMax = 16_384;

/** @returns a stream without clients; dispose it before the server, which waits for open answers */
export function createChangeStream(options: ChangeStreamOptions): ChangeStream {
  const { readState, beatMs = 5_000, clientsMax = 200, heartbeatMs = 15_000 } = options;
  const clients = new Set<Response>();
  let isClosed = false;
  let state = "";
  let toldAtMs = Number.NEGATIVE_INFINITY;

  const send = (text: string): void => {
    for (const client of clients) {
      if (client.writableLength > unreadBytesMax) client.destroy();
      else client.write(text);
    }
  };
  const heartbeat = setInterval(() => send(": alive\n\n"), heartbeatMs).unref();

  return {
    handler: (_request, response) => {
      if (isClosed || clients.size >= clientsMax) {
        const message = `${clientsMax} pages are told of changes already; ask again later, or poll.`;
        throw new AppError("unavailable", "observer.too_many_listeners", message, { retryAfterSeconds: 30 });
      }
      clients.add(response);
      response.once("close", () => clients.delete(response));
      response
        .status(200)
        .set("Content-Type", "text/event-stream")
        .set("Cache-Control", "no-store")
        .set("X-Accel-Buffering", "no");
      response.write("retry: 5000\n\n");
    },
    note(atMs) {
      const now = readState();
      const since = atMs - toldAtMs;
      // A clock that was set back is no reason to be silent.
      if (now === state && since >= 0 && since < beatMs) return;
      state = now;
      toldAtMs = atMs;
      send("event: changed\ndata: \n\n");
    },
    get clientCount() {
      return clients.size;
    },
    [Symbol.dispose]() {
      isClosed = true;
      clearInterval(heartbeat);
      for (const client of clients) client.end();
    },
  };
}

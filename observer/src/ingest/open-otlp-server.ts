import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** The receiver's port is taken or may not be used; the message says which and what to set. */
export class OtlpListenError extends Error {
  readonly code: "ingest.port_taken" | "ingest.not_permitted";

  constructor(code: "ingest.port_taken" | "ingest.not_permitted", message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OtlpListenError";
    this.code = code;
  }
}

export type OtlpServer = AsyncDisposable & { readonly url: string; readonly port: number };

/**
 * Listens for OTLP/HTTP. Closing stops accepting, answers what is in flight and cuts what is left after 5 s.
 *
 * @param options.port 0 takes a free one
 * @throws OtlpListenError
 */
export async function openOtlpServer(
  listener: RequestListener,
  options: { readonly port: number; readonly host: string },
): Promise<OtlpServer> {
  const server = createServer(
    { keepAliveTimeout: 65_000, headersTimeout: 10_000, requestTimeout: 30_000 },
    listener,
  );
  const { port, host } = options;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(toListenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), 5_000);
      await closed;
      clearTimeout(cut);
    },
  };
}

function toListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") {
    const message = `Port ${port} on ${host} is taken. Stop what listens there, or set OTLP_PORT to a free port.`;
    return new OtlpListenError("ingest.port_taken", message, { cause: error });
  }
  if (error.code === "EACCES" || error.code === "EADDRNOTAVAIL") {
    const message = `Cannot listen for OTLP on ${host}:${port} (${error.code}). Set HOST and OTLP_PORT to what this machine has.`;
    return new OtlpListenError("ingest.not_permitted", message, { cause: error });
  }
  return error;
}

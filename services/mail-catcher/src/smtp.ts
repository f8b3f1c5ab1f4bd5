import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { AppError } from "@kontor/kit/errors";
import type { Logger } from "@kontor/kit/logger";
import { SMTPServer } from "smtp-server";
import type { Mailbox } from "./mailbox/mailbox.ts";

const SIZE_MAX_BYTES = 10 * 1024 * 1024;

/**
 * Takes every mail for everybody, with or without a login. A mail is accepted (250) once it is kept.
 *
 * @param options.port 0 takes a free one
 * @throws AppError `listen.port_taken`
 */
export async function listenSmtp(
  mailbox: Mailbox,
  options: { host: string; port: number; logger: Logger },
): Promise<AsyncDisposable & { port: number }> {
  const { host, port, logger } = options;
  const server = new SMTPServer({
    banner: "Kontor mail catcher",
    size: SIZE_MAX_BYTES,
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    maxClients: 100,
    socketTimeout: 60_000,
    closeTimeout: 1_000,
    onAuth: (_auth, _session, done) => done(null, { user: "anybody" }),
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = {
        from: mailFrom ? mailFrom.address : "",
        to: rcptTo.map(({ address }) => address),
        receivedAt: new Date().toISOString(),
      };
      buffer(stream)
        .then(async (raw) => {
          if (stream.sizeExceeded) throw Object.assign(new Error("message too large"), { responseCode: 552 });
          const { message, isNew } = await mailbox.add(envelope, raw);
          logger.info({ id: message.id, messageId: message.messageId, isNew }, "mail caught");
          done();
        })
        .catch((error: Error) => {
          logger.warn({ err: error }, "mail refused");
          done(error);
        });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EADDRINUSE") return reject(cause);
      const message = `Port ${port} on ${host} is taken. Stop what listens there, or set SMTP_PORT to a free port.`;
      reject(new AppError("conflict", "listen.port_taken", message, { cause }));
    });
    server.listen(port, host, resolve);
  });
  // A client that breaks its connection off is no trouble of ours.
  server.on("error", (error) => logger.debug({ err: error }, "SMTP connection ended"));
  return {
    port: (server.server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
}

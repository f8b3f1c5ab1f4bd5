import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A real SMTP server on a free port that keeps what it is sent, raw. */
export async function openSmtpServer(options: SMTPServerOptions = {}) {
  const mails: { raw: string; from: string; to: string[] }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          raw: Buffer.concat(chunks).toString(),
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    mails,
    /** As a mail program reads it. */
    read: async (index: number) => {
      const { text = "", html } = await simpleParser(mails[index]?.raw ?? "");
      return { text, html: html === false ? "" : html };
    },
    url: `smtp://127.0.0.1:${port}`,
    header: (index: number, name: string) =>
      new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, "mi")
        .exec(mails[index]?.raw.split("\r\n\r\n")[0] ?? "")?.[1]
        ?.replace(/\r\n[ \t]/g, " "),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

import type { HealthCheck } from "@kontor/kit/health";
import { createTransport } from "nodemailer";
import type { SendFailure } from "./deliveries.logic.ts";
import type { NewDelivery } from "./delivery.ts";

/** A mail server that takes our mails. */
export type Smtp = Disposable & {
  readonly host: string;
  readonly port: number;
  /** Resolves when the server has taken the mail. */
  send(mail: NewDelivery): Promise<void>;
  /** Greets the server, without a mail. */
  verify(): Promise<void>;
};

/** Short enough that a server that hangs is noticed well within the lease of a delivery. */
const TIMEOUTS = {
  connectionTimeout: 5_000,
  greetingTimeout: 5_000,
  socketTimeout: 15_000,
  dnsTimeout: 5_000,
};

/**
 * One receiver and nothing else: no comma, bracket, quote, space or line break. nodemailer would make some address of
 * anything.
 */
const ADDRESS = /^[^\s<>"(),:;\\@[\]]+@[^\s<>"(),:;\\@[\]]+$/;

/**
 * @param options.url `smtp://[user:password@]host[:port]`, `smtps://` for TLS from the start
 * @param options.from `Kontor <kontor@kontor.example>`
 */
export function createSmtp(options: { url: string; from: string }): Smtp {
  const url = new URL(options.url);
  const secure = url.protocol === "smtps:";
  const host = url.hostname;
  const port = Number(url.port || (secure ? 465 : 25));
  const transport = createTransport({
    host,
    port,
    secure,
    ...(url.username === ""
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    // What a mail says never makes us read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS,
  });
  return {
    host,
    port,
    async send(mail) {
      if (!ADDRESS.test(mail.recipient)) {
        throw Object.assign(new Error(`not a mail address: ${mail.recipient}`), { code: "EENVELOPE" });
      }
      await transport.sendMail({
        from: options.from,
        // An object: an address with a comma or brackets is one receiver, not several.
        to: { name: "", address: mail.recipient },
        messageId: mail.messageId,
        references: mail.threadId,
        inReplyTo: mail.threadId,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        attachments: (mail.attachments ?? []).map(({ name, contentType, base64 }) => ({
          filename: name,
          contentType,
          content: Buffer.from(base64, "base64"),
        })),
        headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
      });
    },
    verify: async () => void (await transport.verify()),
    [Symbol.dispose]: () => transport.close(),
  };
}

/** What went wrong, from what nodemailer throws. */
export function readSendFailure(error: unknown): SendFailure {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  return { status: responseCode, isAboutMail: code === "EENVELOPE" || code === "EMESSAGE" };
}

/**
 * The mail server in `/health`: `smtp:connection` ms. Without it mails wait, so it is a `warn`. Asked at most every 10 s.
 */
export function smtpCheck(smtp: Pick<Smtp, "verify">): HealthCheck {
  const validMs = 10_000;
  let last: { atMs: number; observation: Awaited<ReturnType<HealthCheck["observe"]>> } | undefined;
  return {
    name: "smtp:connection",
    componentType: "component",
    async observe() {
      const startedAt = performance.now();
      if (last !== undefined && startedAt - last.atMs < validMs && last.observation.status === "pass") {
        return last.observation;
      }
      const answer = await smtp.verify().then(
        () => ({ status: "pass" }) as const,
        () => ({ status: "warn", output: "the mail server cannot be reached; mails wait" }) as const,
      );
      const atMs = performance.now();
      const observation = { observedValue: Math.round(atMs - startedAt), observedUnit: "ms", ...answer };
      last = { atMs, observation };
      return observation;
    },
  };
}

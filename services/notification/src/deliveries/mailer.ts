import { setTimeout as sleep } from "node:timers/promises";
import { appendEvent } from "@kontor/kit/bus/outbox";
import { notificationDelivered } from "@kontor/kit/contracts/notifications";
import { listenChannel } from "@kontor/kit/listen-channel";
import type { Logger } from "@kontor/kit/logger";
import { type Database, inTransaction } from "@kontor/kit/postgres";
import { decideOutcome } from "./deliveries.logic.ts";
import { claimDeliveries, hastenFailed, markFailed, markSent } from "./deliveries.repo.ts";
import type { ClaimedDelivery } from "./delivery.ts";
import { createMailTelemetry } from "./mail-telemetry.ts";
import { readSendFailure, type Smtp } from "./smtp.ts";

export type MailerOptions = {
  db: Database;
  schema: string;
  smtp: Smtp;
  logger: Logger;
  /** Mails sent at the same time; default 5. */
  concurrency?: number;
  /** How long the mailer sleeps when nothing wakes it; default 1,000. */
  pollMs?: number;
  /** When a mail that is being sent counts as abandoned; default 90,000. Longer than all timeouts of SMTP together. */
  leaseMs?: number;
};

/**
 * Sends the mails that are due until disposed, as many at once as `concurrency` says. A mail is sent at least once:
 * between the server's acceptance and our commit lies a moment in which a crash makes it go out again, with the same
 * Message-ID.
 */
export function startMailer(options: MailerOptions): AsyncDisposable {
  const { db, logger } = options;
  const concurrency = options.concurrency ?? 5;
  const leaseMs = options.leaseMs ?? 90_000;
  const telemetry = createMailTelemetry(options.smtp);
  const stop = new AbortController();
  const inFlight = new Set<Promise<void>>();
  let wake = new AbortController();
  let isWayBlocked = false;

  const sendOne = async (delivery: ClaimedDelivery): Promise<void> => {
    try {
      await telemetry.send(delivery, () => options.smtp.send(delivery));
    } catch (error) {
      isWayBlocked ||= !readSendFailure(error).isAboutMail;
      await settleFailure(db, logger, delivery, error, telemetry.countDead);
      return;
    }
    await settleSuccess(db, delivery);
    if (!isWayBlocked) return;
    isWayBlocked = false;
    logger.info({ hastened: await hastenFailed(db) }, "the mail server takes mails again");
    wake.abort();
  };

  const run = async (): Promise<void> => {
    let isDatabaseAway = false;
    while (!stop.signal.aborted) {
      wake = new AbortController();
      let claimed: ClaimedDelivery[] = [];
      try {
        claimed = await claimDeliveries(db, concurrency - inFlight.size, leaseMs);
        isDatabaseAway = false;
      } catch (error) {
        if (!isDatabaseAway)
          logger.warn({ err: error }, "the mailer cannot reach its database; it keeps trying");
        isDatabaseAway = true;
      }
      for (const delivery of claimed) {
        const sending = sendOne(delivery).catch((error: unknown) => {
          // Its lease runs out and it is sent again.
          logger.warn({ err: error, delivery: delivery.id }, "the outcome of a mail could not be written");
        });
        inFlight.add(sending);
        void sending.finally(() => inFlight.delete(sending));
      }
      if (inFlight.size >= concurrency) await Promise.race(inFlight);
      else if (claimed.length === 0)
        await pause(options.pollMs ?? 1_000, AbortSignal.any([wake.signal, stop.signal]));
    }
    await Promise.all(inFlight);
  };

  const listener = listenChannel(db.options, `deliveries_${options.schema}`, () => wake.abort());
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await listener[Symbol.asyncDispose]();
      await running;
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

async function settleSuccess(db: Database, delivery: ClaimedDelivery): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (!(await markSent(tx, delivery)) || delivery.kind !== "alert") return;
    const deliveredAt = new Date().toISOString();
    await appendEvent(tx, notificationDelivered, {
      sourceId: delivery.sourceId,
      channel: "mail",
      deliveredAt,
    });
  });
}

async function settleFailure(
  db: Database,
  logger: Logger,
  delivery: ClaimedDelivery,
  error: unknown,
  countDead: (delivery: ClaimedDelivery) => void,
): Promise<void> {
  const ageMs = Date.now() - delivery.createdAt.getTime();
  const outcome = decideOutcome(readSendFailure(error), delivery.attempt, ageMs, Math.random());
  const message = error instanceof Error ? error.message : String(error);
  const pauseMs = outcome.state === "failed" ? outcome.pauseMs : 0;
  await markFailed(db, delivery, { state: outcome.state, pauseMs, error: message.slice(0, 2_000) });
  const about = {
    delivery: delivery.id,
    kind: delivery.kind,
    source: delivery.sourceId,
    attempt: delivery.attempt,
  };
  if (outcome.state === "dead") {
    countDead(delivery);
    logger.error({ ...about, err: error }, "a mail is given up");
  } else if (delivery.attempt === 1) {
    logger.warn({ ...about, err: error }, "a mail could not be sent; it is tried again");
  }
}

import { createHmac } from "node:crypto";
import type { Notification } from "../delivery/notification.ts";
import type { OutsideLinks } from "../outside-links.ts";
import { DeliveryPostponed, DeliveryRefused, type Receiver } from "./receiver.ts";
import { toWebhookPayload } from "./webhook-payload.ts";

export interface WebhookReceiverOptions {
  readonly name: string;
  readonly url: string;
  /** Signs every request; undefined sends without a signature. */
  readonly secret: string | undefined;
  readonly publicUrl: string;
  readonly outside?: OutsideLinks | undefined;
  readonly nowMs: () => number;
  /** Longest wait for the whole answer; default 5 s. */
  readonly waitMsMax?: number;
}

/** How long a receiver may put us off by Retry-After. */
const POSTPONE_SECONDS_MAX = 3_600;

/**
 * Posts Alertmanager's webhook payload, version 4.
 *
 * Headers: `Idempotency-Key` is the id of the notification, the same for every attempt. `X-Kontor-Timestamp` is the time of the attempt in
 * seconds since the epoch, `X-Kontor-Signature` is `sha256=` and the HMAC-SHA256 in hex of timestamp, a dot and the body.
 *
 * Tried again: no connection, no answer in time, 3xx, 408, 425, 429 (after its Retry-After) and 5xx. Given up: every other 4xx.
 */
export function createWebhookReceiver(options: WebhookReceiverOptions): Receiver {
  const waitMs = options.waitMsMax ?? 5_000;
  return {
    name: options.name,
    async send(notification, signal) {
      const { name: receiver, publicUrl, outside } = options;
      const body = JSON.stringify(toWebhookPayload(notification, { receiver, publicUrl, outside }));
      const response = await fetch(options.url, {
        method: "POST",
        // Where a redirect leads was not configured by anybody.
        redirect: "manual",
        headers: toHeaders(notification, body, options),
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]),
      });
      await response.body?.cancel();
      judge(response);
    },
  };
}

function toHeaders(
  notification: Notification,
  body: string,
  options: WebhookReceiverOptions,
): Record<string, string> {
  const timestamp = String(Math.floor(options.nowMs() / 1000));
  const common = {
    "content-type": "application/json",
    "user-agent": "kontor-observer",
    "idempotency-key": notification.id,
    "x-kontor-timestamp": timestamp,
  };
  if (options.secret === undefined) return common;
  return { ...common, "x-kontor-signature": signWebhook(options.secret, timestamp, body) };
}

/** What a receiver compares `X-Kontor-Signature` with. */
export function signWebhook(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

function judge({ ok, status, headers }: Response): void {
  if (ok) return;
  const message = `the webhook answered ${status}`;
  if (status === 429 || status === 503) {
    const seconds = Number(headers.get("retry-after") ?? 0);
    throw new DeliveryPostponed(
      message,
      Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), POSTPONE_SECONDS_MAX) : 0,
    );
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 425) throw new DeliveryRefused(message);
  throw new Error(message);
}

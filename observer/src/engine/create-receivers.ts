import type { Logger } from "@kontor/kit/logger";
import type { OutsideLinks } from "../alerts/outside-links.ts";
import { createBusReceiver } from "../alerts/receivers/bus-receiver.ts";
import type { Receiver } from "../alerts/receivers/receiver.ts";
import { createSmtpReceiver } from "../alerts/receivers/smtp-receiver.ts";
import { createWebhookReceiver } from "../alerts/receivers/webhook-receiver.ts";
import { withFallback } from "../alerts/receivers/with-fallback.ts";
import type { ReceiverConfiguration } from "../config/configuration.ts";
import type { LateBus } from "./late-bus.ts";

export interface ReceiverAddresses {
  readonly smtp: { readonly url: string; readonly from: string; readonly to: string } | undefined;
  readonly webhook: { readonly url: string; readonly secret: string | undefined } | undefined;
  readonly publicUrl: string;
  readonly outside?: OutsideLinks | undefined;
}

/**
 * The receivers of the configuration, as far as the environment gives their addresses; what it does not give is logged. A bus has the mail
 * as its fallback; without a bus the mail takes its place.
 */
export function createReceivers(
  configured: readonly ReceiverConfiguration[],
  addresses: ReceiverAddresses,
  bus: LateBus | undefined,
  logger: Pick<Logger, "warn">,
): Receiver[] {
  const { smtp, webhook, publicUrl, outside } = addresses;
  const mail = (name: string) => smtp && createSmtpReceiver({ name, ...smtp, publicUrl, outside });
  const create = ({ name, type }: ReceiverConfiguration): Receiver | undefined => {
    switch (type) {
      case "smtp":
        return mail(name);
      case "webhook":
        return webhook && createWebhookReceiver({ name, ...webhook, publicUrl, outside, nowMs: Date.now });
      case "bus": {
        if (bus === undefined) return mail(name);
        const primary = createBusReceiver({
          name,
          publish: (event) => bus.publish(event),
          publicUrl,
          outside,
        });
        const fallback = mail(`${name}-fallback`);
        return fallback === undefined ? primary : withFallback(primary, fallback, logger);
      }
      case "heartbeat":
        return undefined;
    }
  };
  return configured.flatMap((one) => {
    const receiver = create(one);
    if (receiver === undefined && one.type !== "heartbeat") {
      const missing = {
        bus: "BUS_URL or SMTP_URL",
        smtp: "SMTP_URL and ALERT_MAIL_TO",
        webhook: "WEBHOOK_URL",
      }[one.type];
      logger.warn({ receiver: one.name, missing }, "a configured receiver has no address and hears nothing");
    }
    return receiver === undefined ? [] : [receiver];
  });
}

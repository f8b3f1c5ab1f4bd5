import { openBus } from "@kontor/kit/bus/open-bus";
import { notificationDelivered } from "@kontor/kit/contracts/notifications";
import type { Logger } from "@kontor/kit/logger";
import type { Alerting } from "../alerts/alerting.ts";
import type { ConfigurationHolder } from "../config/configuration-holder.ts";
import { type LateBus, openBusLate } from "./late-bus.ts";

export interface ObserverBusOptions {
  readonly url: string;
  readonly holder: ConfigurationHolder;
  /** Undefined until there is one: the bus is a part of it. */
  readonly alerting: () => Pick<Alerting, "acknowledge"> | undefined;
  readonly logger: Logger;
}

/** The bus the observer hands its messages to, and hears on what became of them. */
export function openObserverBus({ url, holder, alerting, logger }: ObserverBusOptions): LateBus {
  return openBusLate({
    open: () => openBus({ url, applicationName: "observer", logger }),
    subscriptions: [
      {
        event: notificationDelivered.name,
        handler: async ({ payload }) => {
          const { sourceId, channel } = notificationDelivered.payload.parse(payload);
          // An entry in an inbox wakes nobody: only a mail spares the fallback.
          if (channel !== "mail") return;
          const receivers = holder.current.receivers.filter(({ type }) => type === "bus");
          for (const { name } of receivers) await alerting()?.acknowledge(name, sourceId);
        },
      },
    ],
    logger,
  });
}

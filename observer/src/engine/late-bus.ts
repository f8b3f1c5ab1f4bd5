import type { Bus, EventEnvelope, EventHandler } from "@kontor/kit/bus/bus";
import type { Logger } from "@kontor/kit/logger";
import { pause } from "./pause.ts";

/** A bus that is opened in the background, again and again until it works: the observer starts while its database is away. */
export interface LateBus extends AsyncDisposable {
  /** Rejects at once while the bus is not open. */
  publish(event: EventEnvelope): Promise<void>;
  readonly isOpen: boolean;
}

export interface LateBusOptions {
  readonly open: () => Promise<Bus>;
  /** What the observer wants to hear, subscribed to as soon as the bus is open. */
  readonly subscriptions: readonly { readonly event: string; readonly handler: EventHandler }[];
  readonly logger: Pick<Logger, "warn" | "info">;
  readonly pauseMs?: number;
}

export function openBusLate(options: LateBusOptions): LateBus {
  const stop = new AbortController();
  let bus: Bus | undefined;

  const openOnce = async (): Promise<void> => {
    const opened = await options.open();
    for (const { event, handler } of options.subscriptions)
      await opened.subscribe(event, "observer", handler);
    bus = opened;
  };
  const opening = (async () => {
    for (let attempt = 1; !stop.signal.aborted; attempt++) {
      try {
        await openOnce();
        if (attempt > 1) options.logger.info({ attempt }, "the bus is open");
        return;
      } catch (error) {
        if (attempt === 1) options.logger.warn({ error }, "the bus is away; alerts go out by the fallback");
        await pause(options.pauseMs ?? 2_000, stop.signal);
      }
    }
  })();
  return {
    get isOpen() {
      return bus !== undefined;
    },
    async publish(event) {
      if (bus === undefined) throw new Error("the bus is not open yet");
      await bus.publish(event);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await opening;
      await bus?.[Symbol.asyncDispose]();
    },
  };
}

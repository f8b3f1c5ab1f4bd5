import { z } from "zod";
import { AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Bus } from "./bus.ts";
import type { BusRetry } from "./retry.ts";

/** The environment of every service that publishes or consumes events. */
export const busEnvironment = {
  BUS_URL: z.url({
    protocol: /^(postgres|postgresql|amqp|amqps)$/,
    error: "postgres://user:password@host:port/database or amqp[s]://user:password@host:port/virtual-host",
  }),
};

export type OpenBusOptions = {
  /** Which bus, and where: `postgres://user:password@host:port/database` or `amqp[s]://user:password@host:port/virtual-host`. */
  url: string;
  /** Shows in the connections of the bus. */
  applicationName: string;
  logger: Pick<Logger, "warn" | "info">;
  retry?: BusRetry;
};

/**
 * Opens the bus that the scheme of the URL names; only the chosen one's libraries are loaded.
 *
 * @throws AppError `bus.unknown_scheme`, `bus.unreachable`
 */
export async function openBus(options: OpenBusOptions): Promise<Bus> {
  const scheme = new URL(options.url).protocol;
  switch (scheme) {
    case "postgres:":
    case "postgresql:":
      return (await import("./pg-boss-bus.ts")).openPgBossBus(options);
    case "amqp:":
    case "amqps:":
      return (await import("./rabbitmq-bus.ts")).openRabbitmqBus(options);
    default:
      throw new AppError(
        "invalid",
        "bus.unknown_scheme",
        `BUS_URL begins with ${scheme}; postgres://, amqp:// and amqps:// are understood`,
      );
  }
}

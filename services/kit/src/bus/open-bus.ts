import { z } from "zod";
import { AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Bus } from "./bus.ts";
import { openPgBossBus } from "./pg-boss-bus.ts";

/** The environment of every service that publishes or consumes events. */
export const busEnvironment = {
  BUS_URL: z.url({
    protocol: /^(postgres|postgresql)$/,
    error: "postgres://user:password@host:port/database",
  }),
};

export type OpenBusOptions = {
  /** Which bus, and where: `postgres://user:password@host:port/database`. */
  url: string;
  /** Shows in the connections of the bus. */
  applicationName: string;
  logger: Pick<Logger, "warn" | "info">;
  retry?: BusRetry;
};

/** How often and how late a failed event is tried again before it becomes a dead letter. */
export type BusRetry = {
  /** Default 15: with the delays below, about a quarter of an hour. */
  limit: number;
  /** Pause before the first retry, doubled for each further one; default 1. */
  delaySeconds: number;
  /** Default 120. */
  delayMaxSeconds: number;
};

/**
 * Opens the bus that the scheme of the URL names.
 *
 * @throws AppError `bus.unknown_scheme`, `bus.unreachable`
 */
export async function openBus(options: OpenBusOptions): Promise<Bus> {
  const scheme = new URL(options.url).protocol;
  switch (scheme) {
    case "postgres:":
    case "postgresql:":
      return openPgBossBus(options);
    default:
      throw new AppError(
        "invalid",
        "bus.unknown_scheme",
        `BUS_URL begins with ${scheme}; postgres:// is understood`,
      );
  }
}

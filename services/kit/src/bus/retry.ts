import { AppError } from "../errors.ts";

/** How often and how late a failed event is tried again before it becomes a dead letter. */
export type BusRetry = {
  /** Default 15: with the delays below, about a quarter of an hour. */
  limit: number;
  /** Pause before the first retry, doubled for each further one; default 1. */
  delaySeconds: number;
  /** Default 120. */
  delayMaxSeconds: number;
};

export const defaultRetry: BusRetry = { limit: 15, delaySeconds: 1, delayMaxSeconds: 120 };

/** The pause before a retry, in whole milliseconds. @param retryNumber 1 for the first */
export function toPauseMs(retry: BusRetry, retryNumber: number): number {
  const seconds = Math.min(retry.delayMaxSeconds, retry.delaySeconds * 2 ** (retryNumber - 1));
  return Math.round(seconds * 1_000);
}

/** What is wrong with the event itself stays wrong. */
export function isBeyondRetry(error: unknown): boolean {
  return error instanceof AppError && (error.kind === "invalid" || error.kind === "unprocessable");
}

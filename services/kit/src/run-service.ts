import { channel } from "node:diagnostics_channel";
import { basename, dirname } from "node:path";
import { AppError } from "./errors.ts";
import { createLogger, type Logger } from "./logger.ts";
import { Resources } from "./resources.ts";
import { SERVICE_CLOSED } from "./service-closed.ts";

export type RunServiceOptions = {
  logger?: Logger;
  /** How long closing may take; 10 s when omitted. After it the process ends with what it still holds. */
  closeDeadlineMs?: number;
};

/**
 * Runs a service from its start to SIGTERM or SIGINT, then closes what it opened in reverse order.
 * A start that fails closes what was open by then, says why in one message and sets exit code 1.
 *
 * @returns after the start, with everything running, or after a failed start
 */
export async function runService(
  start: (resources: Resources) => Promise<void>,
  options: RunServiceOptions = {},
): Promise<void> {
  const logger = options.logger ?? createLogger({ service: readServiceName(process.argv[1]) });
  const deadlineMs = options.closeDeadlineMs ?? 10_000;
  const resources = new Resources();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeWithin(resources, deadlineMs, logger);
    return closing;
  };
  let asked = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    asked += 1;
    if (asked > 1) return;
    logger.info({ signal }, "closing");
    void close();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  try {
    await start(resources);
    // A signal during the start has closed only what was open by then.
    if (asked > 0) {
      await closing;
      await closeWithin(resources, deadlineMs, logger);
    }
  } catch (error) {
    process.exitCode = 1;
    logStartFailure(logger, error);
    await close();
  }
}

/** `auth` of `services/auth/src/main.ts`: known before any configuration is. */
function readServiceName(mainPath: string | undefined): string {
  return mainPath === undefined ? "service" : basename(dirname(dirname(mainPath)));
}

function logStartFailure(logger: Logger, error: unknown): void {
  if (error instanceof AppError) {
    logger.fatal({ code: error.code, details: error.details }, `could not start: ${error.message}`);
  } else {
    logger.fatal(
      { err: error },
      `could not start: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function closeWithin(resources: Resources, deadlineMs: number, logger: Logger): Promise<void> {
  // Not cancelled when closing is done: whatever still keeps the process alive after the deadline ends with it. It does
  // not keep the process alive itself. The signal leaves no room for handlers that wait for the very thing that hangs.
  setTimeout(() => {
    logger.error({ holding: process.getActiveResourcesInfo() }, "not closed within the deadline");
    // The line is written in the background, and a flush of this kind of stream does not wait for it.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 200);
  }, deadlineMs).unref();
  try {
    await resources[Symbol.asyncDispose]();
    logger.info("closed");
  } catch (error) {
    process.exitCode = 1;
    logger.error({ err: error }, "closed with failures");
  }
  channel(SERVICE_CLOSED).publish({});
}

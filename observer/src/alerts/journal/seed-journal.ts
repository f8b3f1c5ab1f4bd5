import type { Logger } from "@kontor/kit/logger";
import type { AlertJournal } from "./alert-journal.ts";
import type { AlertRecord } from "./alert-record.ts";

/**
 * Fills a new journal with what the database remembers of an earlier data folder, or of another machine. A journal that has anything is
 * ahead of the database and stays as it is. A database that is away, or takes too long, is no reason not to start.
 *
 * @param options.waitMsMax default 5 s
 */
export async function seedJournal(options: {
  readonly journal: AlertJournal;
  readonly load: () => Promise<AlertRecord[]>;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly waitMsMax?: number;
}): Promise<void> {
  const { journal, logger } = options;
  if (!journal.isNew) return;
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => deadline.reject(new Error("the database did not answer in time")),
    options.waitMsMax ?? 5_000,
  );
  try {
    const records = await Promise.race([options.load(), deadline.promise]);
    await journal.seed(records);
    if (records.length > 0) logger.info({ records: records.length }, "alerts go on from the database");
  } catch (error) {
    logger.warn({ error }, "alerts start empty: the data folder is new and the database cannot be asked");
  } finally {
    clearTimeout(timer);
  }
}

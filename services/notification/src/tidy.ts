import type { Logger } from "@kontor/kit/logger";
import type { Queryable } from "@kontor/kit/postgres";
import { removeOldDeliveries } from "./deliveries/deliveries.repo.ts";
import { removeOldNotifications } from "./inbox/inbox.repo.ts";

const MAILS_KEPT_DAYS = 30;
const NOTIFICATIONS_KEPT_DAYS = 90;
const EVERY_MS = 3_600_000;

/** Removes what is older than anybody asks about, now and once an hour until disposed. */
export function startTidying(db: Queryable, logger: Pick<Logger, "warn">): Disposable {
  const tidy = () => {
    tidyUp(db).catch((error: unknown) => logger.warn({ err: error }, "old mails could not be removed"));
  };
  const timer = setInterval(tidy, EVERY_MS);
  tidy();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

export async function tidyUp(db: Queryable): Promise<void> {
  await removeOldDeliveries(db, MAILS_KEPT_DAYS);
  await removeOldNotifications(db, NOTIFICATIONS_KEPT_DAYS);
}

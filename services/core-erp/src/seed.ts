import type { Logger } from "@kontor/kit/logger";
import { type Database, inTransaction } from "@kontor/kit/postgres";
import { createDemoData } from "./seed/demo-data.ts";
import {
  analyze,
  hasItem,
  insertMasterData,
  insertMovements,
  insertOrders,
  lockSeeding,
} from "./seed/seed.repo.ts";

/**
 * Fills an ERP that was never seeded with the demonstration company; all of it or, after a failure, nothing.
 * Publishes no events: nobody wants a mail about an order of two months ago.
 *
 * @returns false when it had been seeded before
 */
export async function seedDemoData(db: Database, now: Date, logger: Logger): Promise<boolean> {
  const startedAt = performance.now();
  const data = createDemoData(now);
  const isSeeded = await inTransaction(db, async (tx) => {
    await lockSeeding(tx);
    if (await hasItem(tx, data.items[0]?.sku ?? "")) return false;
    const openedAt = data.orders[0]?.placedAt ?? now;
    await insertMasterData(tx, data, new Date(openedAt.getTime() - 1));
    await insertOrders(tx, data);
    await insertMovements(tx);
    return true;
  });
  if (!isSeeded) return false;
  await analyze(db);
  const counts = { customers: data.customers.length, items: data.items.length, orders: data.orders.length };
  logger.info({ ...counts, tookMs: Math.round(performance.now() - startedAt) }, "demonstration data seeded");
  return true;
}

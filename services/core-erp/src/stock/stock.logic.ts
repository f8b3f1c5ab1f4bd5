import { AppError } from "@kontor/kit/errors";
import { type Done, type IdempotencyKeys, transactOnce } from "../idempotency/idempotency.logic.ts";
import { getItem, type ItemStore } from "../items/items.logic.ts";
import { rowsToRead, toPage } from "../paging/page.ts";
import type { Balance, NewMovement } from "./stock.repo.ts";
import type {
  Adjustment,
  ListMovements,
  ListStock,
  Movement,
  MovementPage,
  MovementPosition,
  Receipt,
  StockLevel,
  StockPage,
} from "./stock.schema.ts";

/** What one transaction on the ledger can do. */
export type StockTransaction = {
  keys: IdempotencyKeys;
  findItems: ItemStore["findBySku"];
  lockBalances(itemIds: readonly string[]): Promise<Balance[]>;
  append(movements: readonly NewMovement[], causedBy: string): Promise<Movement[]>;
};

/** What the stock's logic needs of a database. */
export type StockStore = {
  list(page: {
    limit: number;
    after?: [string] | undefined;
    search?: string | undefined;
  }): Promise<StockLevel[]>;
  listMovements(
    itemId: string,
    page: { limit: number; after?: MovementPosition | undefined },
  ): Promise<Movement[]>;
  findBySku: ItemStore["findBySku"];
  inTransaction<T>(work: (tx: StockTransaction) => Promise<T>): Promise<T>;
};

export async function listStockPage(store: StockStore, query: ListStock): Promise<StockPage> {
  const { limit, cursor, search } = query;
  const rows = await store.list({ limit: rowsToRead(limit), after: cursor, search });
  const page = toPage(rows, limit, (level) => [level.sku]);
  return { stock: page.rows, nextCursor: page.nextCursor };
}

/** The ledger of one item, newest first. @throws AppError `items.not_found`: 404 */
export async function listMovementPage(
  store: StockStore,
  sku: string,
  query: ListMovements,
): Promise<MovementPage> {
  const item = await getItem(store, sku);
  const rows = await store.listMovements(item.id, { limit: rowsToRead(query.limit), after: query.cursor });
  const page = toPage(rows, query.limit, (movement) => [movement.sequence]);
  return { movements: page.rows, nextCursor: page.nextCursor };
}

/** A change of the stock that a person asked for. Without a key nothing keeps a repeated request from counting twice. */
export type StockCommand<Request> = { callerId: string; key?: string | undefined; request: Request };

/**
 * Pieces that came in.
 *
 * @throws AppError `stock.unknown_item`, `idempotency.key_reused`: 422
 */
export function receiveStock(store: StockStore, command: StockCommand<Receipt>): Promise<Done<Movement>> {
  return record(store, "receipt", command);
}

/**
 * Corrects the count after stocktaking.
 *
 * @throws AppError `stock.unknown_item`, `idempotency.key_reused`: 422; `stock.insufficient`: 409 when fewer pieces
 *   would be left than are promised to orders
 */
export function adjustStock(store: StockStore, command: StockCommand<Adjustment>): Promise<Done<Movement>> {
  return record(store, "adjustment", command);
}

function record(
  store: StockStore,
  kind: "receipt" | "adjustment",
  { callerId, key, request }: StockCommand<Receipt | Adjustment>,
): Promise<Done<Movement>> {
  const claim = key === undefined ? undefined : { callerId, operation: `stock.${kind}`, key, request };
  return transactOnce(store.inTransaction, claim, (tx) => appendOne(tx, kind, request, callerId));
}

async function appendOne(
  tx: StockTransaction,
  kind: "receipt" | "adjustment",
  { sku, quantity, note }: Receipt | Adjustment,
  causedBy: string,
): Promise<Movement> {
  const [item] = await tx.findItems([sku]);
  if (item === undefined) {
    throw new AppError("unprocessable", "stock.unknown_item", `There is no item ${sku}.`, {
      details: { sku },
    });
  }
  const balances = await tx.lockBalances([item.id]);
  requireAvailable([{ itemId: item.id, sku, quantity: -quantity }], balances);
  const [movement] = await tx.append([{ itemId: item.id, kind, quantity, note }], causedBy);
  if (movement === undefined) throw new Error("the ledger took a movement and gave none back");
  return movement;
}

/**
 * Checks that locked balances cover all demands together; several lines may ask for the same item.
 *
 * @throws AppError `stock.insufficient`: 409, with every item that is short: what was asked and what is available
 */
export function requireAvailable(
  demands: readonly { itemId: string; sku: string; quantity: number }[],
  balances: readonly Balance[],
): void {
  const available = new Map(balances.map((balance) => [balance.itemId, balance.available]));
  const requested = new Map<string, { itemId: string; sku: string; quantity: number }>();
  for (const { itemId, sku, quantity } of demands) {
    const earlier = requested.get(itemId)?.quantity ?? 0;
    requested.set(itemId, { itemId, sku, quantity: earlier + quantity });
  }
  const short = [...requested.values()]
    .map(({ itemId, sku, quantity }) => ({
      sku,
      requested: quantity,
      available: available.get(itemId) ?? 0,
    }))
    .filter((each) => each.requested > each.available);
  if (short.length === 0) return;
  const list = short.map((each) => `${each.sku} (${each.requested} asked, ${each.available} available)`);
  throw new AppError("conflict", "stock.insufficient", `Not enough in stock: ${list.join(", ")}.`, {
    details: { items: short },
  });
}

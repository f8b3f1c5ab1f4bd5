import { AppError } from "@kontor/kit/errors";
import type { Customer } from "../customers/customers.schema.ts";
import { type Done, transactOnce } from "../idempotency/idempotency.logic.ts";
import { requireAvailable, type StockTransaction } from "../stock/stock.logic.ts";
import { type PricedLine, priceLines } from "./orders.logic.ts";
import type { NewOrder, Order } from "./orders.schema.ts";

/** What the database adds to a new order. */
export type InsertedOrder = Pick<Order, "id" | "number" | "status" | "currency" | "placedAt">;

/** What the transaction that places an order can do. */
export type PlaceOrderTransaction = StockTransaction & {
  findCustomer(id: string): Promise<Customer | undefined>;
  insertOrder(order: {
    customerId: string;
    totalCents: number;
    placedBy: string;
    lines: readonly PricedLine[];
  }): Promise<InsertedOrder>;
  appendPlaced(order: Order, customer: Customer): Promise<void>;
};

export type PlaceOrderPorts = {
  inTransaction<T>(work: (tx: PlaceOrderTransaction) => Promise<T>): Promise<T>;
  /** Called once for each order that was really placed, after its transaction was committed. */
  recordPlaced(order: Order): void;
};

/**
 * Places an order: order, lines, reservation of stock, event and the answer to the key in ONE transaction.
 * The same key with the same request gives the same answer again, refusals included, and changes nothing.
 *
 * @param command.callerId keys are the caller's own: two callers may use the same
 * @throws AppError `orders.unknown_customer`, `orders.unknown_items`, `orders.total_too_large`,
 *   `idempotency.key_reused`: 422; `stock.insufficient`: 409
 */
export async function placeOrder(
  ports: PlaceOrderPorts,
  command: { callerId: string; key: string; request: NewOrder },
): Promise<Done<Order>> {
  const { callerId, key, request } = command;
  const claim = { callerId, operation: "orders.place", key, request };
  const done = await transactOnce(ports.inTransaction, claim, (tx) => place(tx, request, callerId));
  if (!done.isReplayed) ports.recordPlaced(done.result);
  return done;
}

async function place(tx: PlaceOrderTransaction, request: NewOrder, placedBy: string): Promise<Order> {
  const customer = await tx.findCustomer(request.customerId);
  if (customer === undefined) throw unknownCustomer(request.customerId);
  const items = await tx.findItems([...new Set(request.lines.map((line) => line.sku))]);
  const { lines, totalCents } = priceLines(request.lines, items);
  const balances = await tx.lockBalances(items.map((item) => item.id));
  requireAvailable(lines, balances);
  const inserted = await tx.insertOrder({ customerId: customer.id, totalCents, placedBy, lines });
  await tx.append(
    lines.map(({ itemId, quantity, lineNumber }) => ({
      itemId,
      kind: "reservation" as const,
      quantity,
      order: { id: inserted.id, lineNumber },
    })),
    placedBy,
  );
  const order = toOrder(inserted, customer, lines, totalCents);
  await tx.appendPlaced(order, customer);
  return order;
}

function toOrder(
  inserted: InsertedOrder,
  customer: Customer,
  lines: readonly PricedLine[],
  totalCents: number,
): Order {
  const { id, number, status, currency, placedAt } = inserted;
  return {
    id,
    number,
    status,
    customer: { id: customer.id, name: customer.name },
    currency,
    totalCents,
    placedAt,
    confirmedAt: null,
    cancelledAt: null,
    cancelReason: null,
    lines: lines.map(({ lineNumber, sku, name, quantity, unitPriceCents }) => ({
      lineNumber,
      sku,
      name,
      quantity,
      unitPriceCents,
      totalCents: quantity * unitPriceCents,
    })),
  };
}

function unknownCustomer(customerId: string): AppError {
  return new AppError("unprocessable", "orders.unknown_customer", `There is no customer ${customerId}.`, {
    details: { customerId },
  });
}

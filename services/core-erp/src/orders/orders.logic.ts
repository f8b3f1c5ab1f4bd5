import { AppError } from "@kontor/kit/errors";
import type { Item } from "../items/items.schema.ts";
import { rowsToRead, toPage } from "../paging/page.ts";
import type {
  ListOrders,
  NewOrder,
  Order,
  OrderPage,
  OrderPosition,
  OrderStatus,
  OrderSummary,
} from "./orders.schema.ts";

/** What reading orders needs of a database. */
export type OrderReader = {
  list(page: OrderRows): Promise<OrderSummary[]>;
  find(id: string): Promise<Order | undefined>;
};

export type OrderRows = {
  limit: number;
  after?: OrderPosition | undefined;
  status?: OrderStatus | undefined;
  customerId?: string | undefined;
};

/** A line with the item's price of this moment; a later price leaves the order alone. */
export type PricedLine = {
  lineNumber: number;
  itemId: string;
  sku: string;
  name: string;
  quantity: number;
  unitPriceCents: number;
};

export type OrderAction = "confirm" | "cancel";

type Transition = { to: OrderStatus } | "stay" | { refusedWith: string; because: string };

const isConfirmed = { refusedWith: "orders.already_confirmed", because: "its goods were issued" };
const isCancelled = { refusedWith: "orders.already_cancelled", because: "it is cancelled" };

/** The state machine: what each action does in each status. `stay` is an action that was done before, and does no harm. */
const transitions: Record<OrderAction, Record<OrderStatus, Transition>> = {
  confirm: { placed: { to: "confirmed" }, confirmed: "stay", cancelled: isCancelled },
  cancel: { placed: { to: "cancelled" }, confirmed: isConfirmed, cancelled: "stay" },
};

const participles: Record<OrderAction, string> = { confirm: "confirmed", cancel: "cancelled" };

/** Ten trillion: far from the end of the safe integers, and no order is larger. */
const TOTAL_CENTS_MAX = 1_000_000_000_000_000;

export async function listOrderPage(reader: OrderReader, query: ListOrders): Promise<OrderPage> {
  const { limit, cursor, status, customerId } = query;
  const rows = await reader.list({ limit: rowsToRead(limit), after: cursor, status, customerId });
  const page = toPage(rows, limit, (order) => [order.placedAt, order.id]);
  return { orders: page.rows, nextCursor: page.nextCursor };
}

/** @throws AppError `orders.not_found`: 404 */
export async function getOrder(reader: Pick<OrderReader, "find">, id: string): Promise<Order> {
  const order = await reader.find(id);
  if (order === undefined) throw orderNotFound(id);
  return order;
}

/**
 * Whether an action has something to do.
 *
 * @returns the status to go to, or undefined when the order is there already
 * @throws AppError `orders.already_confirmed`, `orders.already_cancelled`: 409
 */
export function nextStatus(status: OrderStatus, action: OrderAction): OrderStatus | undefined {
  const transition = transitions[action][status];
  if (transition === "stay") return undefined;
  if ("to" in transition) return transition.to;
  const { refusedWith, because } = transition;
  throw new AppError("conflict", refusedWith, `The order cannot be ${participles[action]}: ${because}.`, {
    details: { status },
  });
}

/**
 * Lines with item and price, numbered from 1 in the order given. The same item may stand in several lines.
 *
 * @param items the items found for the lines' SKUs
 * @throws AppError `orders.unknown_items`: 422 with every SKU that does not exist; `orders.total_too_large`: 422
 */
export function priceLines(
  lines: NewOrder["lines"],
  items: readonly Item[],
): { lines: PricedLine[]; totalCents: number } {
  const bySku = new Map(items.map((item) => [item.sku, item]));
  const unknown = [...new Set(lines.map((line) => line.sku).filter((sku) => !bySku.has(sku)))];
  if (unknown.length > 0) {
    throw new AppError("unprocessable", "orders.unknown_items", `There is no item ${unknown.join(", ")}.`, {
      details: { skus: unknown },
    });
  }
  const priced = lines.flatMap(({ sku, quantity }, index) => {
    const item = bySku.get(sku);
    if (item === undefined) return [];
    const { id: itemId, name, priceCents: unitPriceCents } = item;
    return [{ lineNumber: index + 1, itemId, sku, name, quantity, unitPriceCents }];
  });
  const totalCents = priced.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
  if (totalCents > TOTAL_CENTS_MAX) {
    throw new AppError(
      "unprocessable",
      "orders.total_too_large",
      "The total is larger than one order may be.",
      {
        details: { totalCentsMax: TOTAL_CENTS_MAX },
      },
    );
  }
  return { lines: priced, totalCents };
}

export function orderNotFound(id: string): AppError {
  return new AppError("notFound", "orders.not_found", `There is no order ${id}.`);
}

import { nextStatus, type OrderAction, orderNotFound } from "./orders.logic.ts";
import type { Order, OrderStatus } from "./orders.schema.ts";

/** What the transaction that changes an order can do. */
export type ChangeOrderTransaction = {
  /** Locks the order until the transaction ends; undefined when there is none. */
  lockStatus(orderId: string): Promise<OrderStatus | undefined>;
  find(orderId: string): Promise<Order | undefined>;
  setStatus(orderId: string, change: { to: OrderStatus; reason?: string | undefined }): Promise<void>;
  /** Locks the balances of the order's items, then moves what its lines reserved. */
  moveReservations(orderId: string, kind: "issue" | "release", causedBy: string): Promise<void>;
  appendChanged(action: OrderAction, order: Order): Promise<void>;
};

export type ChangeOrderPorts = {
  inTransaction<T>(work: (tx: ChangeOrderTransaction) => Promise<T>): Promise<T>;
  /** Called once for each order that was really changed, after its transaction was committed. */
  recordChanged(action: OrderAction, order: Order): void;
};

/**
 * Confirms an order (its goods are issued) or cancels it (they are free again): status, ledger and event in one
 * transaction. Done before, it answers the order as it is and changes nothing.
 *
 * @param command.reason kept with a cancelled order
 * @throws AppError `orders.not_found`: 404; `orders.already_confirmed`, `orders.already_cancelled`: 409
 */
export async function changeOrder(
  ports: ChangeOrderPorts,
  command: { action: OrderAction; orderId: string; callerId: string; reason?: string | undefined },
): Promise<Order> {
  const { order, isChanged } = await ports.inTransaction((tx) => change(tx, command));
  if (isChanged) ports.recordChanged(command.action, order);
  return order;
}

async function change(
  tx: ChangeOrderTransaction,
  { action, orderId, callerId, reason }: Parameters<typeof changeOrder>[1],
): Promise<{ order: Order; isChanged: boolean }> {
  const status = await tx.lockStatus(orderId);
  if (status === undefined) throw orderNotFound(orderId);
  const to = nextStatus(status, action);
  if (to !== undefined) {
    await tx.moveReservations(orderId, action === "confirm" ? "issue" : "release", callerId);
    await tx.setStatus(orderId, { to, reason });
  }
  const order = await tx.find(orderId);
  if (order === undefined) throw new Error(`order ${orderId} was locked and is gone`);
  if (to !== undefined) await tx.appendChanged(action, order);
  return { order, isChanged: to !== undefined };
}

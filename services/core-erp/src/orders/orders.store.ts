import { appendEvent } from "@kontor/kit/bus/outbox";
import { orderCancelled, orderConfirmed, orderPlaced } from "@kontor/kit/contracts/orders";
import { type Database, inTransaction, type Queryable } from "@kontor/kit/postgres";
import { findCustomer } from "../customers/customers.repo.ts";
import type { Customer } from "../customers/customers.schema.ts";
import { readDeliveryZone } from "../faults/delivery-zone.repo.ts";
import type { Faults } from "../faults/faults.ts";
import { listOrdersLazily } from "../faults/n-plus-one.repo.ts";
import { lockBalances } from "../stock/stock.repo.ts";
import { createStockTransaction } from "../stock/stock.store.ts";
import type { ChangeOrderPorts, ChangeOrderTransaction } from "./change-order.logic.ts";
import type { OrderEvents } from "./order-events.ts";
import type { OrderAction, OrderReader } from "./orders.logic.ts";
import {
  insertOrder,
  listOrderItemIds,
  lockOrderStatus,
  moveReservations,
  setOrderStatus,
} from "./orders.repo.ts";
import type { Order } from "./orders.schema.ts";
import { findOrder, listOrders } from "./orders-read.repo.ts";
import type { PlaceOrderPorts, PlaceOrderTransaction } from "./place-order.logic.ts";

export type OrderStore = { reader: OrderReader; placing: PlaceOrderPorts; changing: ChangeOrderPorts };

export function createOrderStore(db: Database, faults: Faults, events: OrderEvents): OrderStore {
  return {
    reader: {
      list: async (page) =>
        faults.keepIfLeaking(
          await (faults.isOn("n-plus-one") ? listOrdersLazily(db, page) : listOrders(db, page)),
        ),
      async find(id) {
        if (faults.isOn("errors")) await readDeliveryZone(db, id);
        return faults.keepIfLeaking(await findOrder(db, id));
      },
    },
    placing: {
      inTransaction: (work) => inTransaction(db, (tx) => work(createPlacing(tx, faults))),
      recordPlaced: events.placed,
    },
    changing: {
      inTransaction: (work) => inTransaction(db, (tx) => work(createChanging(tx))),
      recordChanged: (action, order) => (action === "confirm" ? events.confirmed : events.cancelled)(order),
    },
  };
}

function createPlacing(tx: Queryable, faults: Faults): PlaceOrderTransaction {
  return {
    ...createStockTransaction(tx),
    findCustomer: (id) => findCustomer(tx, id),
    async insertOrder(order) {
      const inserted = await insertOrder(tx, order);
      if (faults.isOn("errors")) await readDeliveryZone(tx, inserted.id);
      return inserted;
    },
    async appendPlaced(order, customer) {
      const { lines, placedAt } = order;
      await appendEvent(tx, orderPlaced, { ...toEventHead(order, customer), lines, placedAt });
    },
  };
}

function createChanging(tx: Queryable): ChangeOrderTransaction {
  return {
    lockStatus: (orderId) => lockOrderStatus(tx, orderId),
    find: (orderId) => findOrder(tx, orderId),
    setStatus: (orderId, change) => setOrderStatus(tx, orderId, change),
    async moveReservations(orderId, kind, causedBy) {
      await lockBalances(tx, await listOrderItemIds(tx, orderId));
      await moveReservations(tx, orderId, kind, causedBy);
    },
    appendChanged: (action, order) => appendChanged(tx, action, order),
  };
}

async function appendChanged(tx: Queryable, action: OrderAction, order: Order): Promise<void> {
  const customer = await findCustomer(tx, order.customer.id);
  if (customer === undefined) throw new Error(`order ${order.id} has no customer`);
  const head = toEventHead(order, customer);
  if (action === "confirm") {
    await appendEvent(tx, orderConfirmed, { ...head, confirmedAt: order.confirmedAt ?? "" });
  } else {
    const reason = order.cancelReason ?? "";
    await appendEvent(tx, orderCancelled, { ...head, reason, cancelledAt: order.cancelledAt ?? "" });
  }
}

function toEventHead(order: Order, customer: Customer) {
  return {
    orderId: order.id,
    orderNumber: order.number,
    customerId: customer.id,
    customerName: customer.name,
    customerEmail: customer.email,
    currency: order.currency,
    totalCents: order.totalCents,
  };
}

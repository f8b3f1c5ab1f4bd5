import {
  CURRENCY,
  ORDER_EVENT,
  ORDER_ID,
  ORDER_NUMBER,
  ORDERS_AMOUNT,
  ORDERS_CANCELLED,
  ORDERS_CONFIRMED,
  ORDERS_PLACED,
} from "@kontor/kit/metric-names";
import { metrics, trace } from "@opentelemetry/api";
import type { Order } from "./orders.schema.ts";

/** Told after the commit, once for each order it happened to; each writes log, counters and span together. */
export type OrderEvents = Record<"placed" | "confirmed" | "cancelled", (order: Order) => void>;

/** What the events need of a logger. */
type OrderLog = { info(fields: object, message: string): void };

const counterNames = { placed: ORDERS_PLACED, confirmed: ORDERS_CONFIRMED, cancelled: ORDERS_CANCELLED };

/** Creates the instruments: call it once per process. Counters carry the currency; ids go to log and span alone. */
export function createOrderEvents(logger: OrderLog): OrderEvents {
  const meter = metrics.getMeter("core-erp");
  const amount = meter.createCounter(ORDERS_AMOUNT, {
    unit: "{cent}",
    description: "Totals of orders, in hundredths of the currency.",
  });
  const createEvent = (event: keyof OrderEvents): ((order: Order) => void) => {
    const counter = meter.createCounter(counterNames[event], {
      unit: "{order}",
      description: `Orders ${event}.`,
    });
    return (order) => {
      const attributes = { [CURRENCY]: order.currency };
      counter.add(1, attributes);
      amount.add(order.totalCents, { ...attributes, [ORDER_EVENT]: event });
      trace.getActiveSpan()?.setAttributes({ [ORDER_ID]: order.id, [ORDER_NUMBER]: order.number });
      const { id, number, totalCents, currency } = order;
      logger.info({ event: `orders.${event}`, orderId: id, number, totalCents, currency }, `order ${event}`);
    };
  };
  return {
    placed: createEvent("placed"),
    confirmed: createEvent("confirmed"),
    cancelled: createEvent("cancelled"),
  };
}

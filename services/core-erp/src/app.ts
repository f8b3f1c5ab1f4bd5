import { faultRoutes } from "@kontor/kit/fault-switches";
import type { HealthCheck } from "@kontor/kit/health";
import type { Authenticate } from "@kontor/kit/http/authenticate";
import { createApp } from "@kontor/kit/http/create-app";
import type { Logger } from "@kontor/kit/logger";
import type { Database } from "@kontor/kit/postgres";
import type { Express } from "express";
import { customerRoutes } from "./customers/customers.routes.ts";
import { createCustomerStore } from "./customers/customers.store.ts";
import type { Faults } from "./faults/faults.ts";
import { itemRoutes } from "./items/items.routes.ts";
import { createItemStore } from "./items/items.store.ts";
import { createOrderEvents } from "./orders/order-events.ts";
import { orderRoutes } from "./orders/orders.routes.ts";
import { createOrderStore } from "./orders/orders.store.ts";
import { stockRoutes } from "./stock/stock.routes.ts";
import { createStockStore } from "./stock/stock.store.ts";

export type CoreErpParts = {
  version: string;
  db: Database;
  logger: Logger;
  authenticate: Authenticate;
  health: readonly HealthCheck[];
  faults: Faults;
};

/** The HTTP side of the service. What it is given stays open; whoever opened it closes it. */
export function createCoreErpApp(parts: CoreErpParts): Express {
  const { version, db, logger, authenticate, health, faults } = parts;
  return createApp({
    service: "core-erp",
    version,
    logger,
    authenticate,
    health,
    openApi: { title: "Kontor core ERP: customers, items, stock and orders" },
    routes: [
      ...customerRoutes(createCustomerStore(db, faults)),
      ...itemRoutes(createItemStore(db, faults)),
      ...stockRoutes(createStockStore(db, faults)),
      ...orderRoutes(createOrderStore(db, faults, createOrderEvents(logger))),
      // Not there at all in a service that was started without them.
      ...(faults.switches.enabled ? faultRoutes(faults.switches) : []),
    ],
  });
}

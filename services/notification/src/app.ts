import type { HealthCheck } from "@kontor/kit/health";
import type { Authenticate } from "@kontor/kit/http/authenticate";
import { createApp } from "@kontor/kit/http/create-app";
import type { Logger } from "@kontor/kit/logger";
import type { Database } from "@kontor/kit/postgres";
import type { Express } from "express";
import { inboxRoutes } from "./inbox/inbox.routes.ts";

export type NotificationParts = {
  version: string;
  db: Database;
  logger: Logger;
  authenticate: Authenticate;
  health: readonly HealthCheck[];
};

/** The HTTP side of the service. What it is given stays open; whoever opened it closes it. */
export function createNotificationApp({
  version,
  db,
  logger,
  authenticate,
  health,
}: NotificationParts): Express {
  return createApp({
    service: "notification",
    version,
    logger,
    authenticate,
    health,
    openApi: { title: "Kontor notification: the inbox" },
    routes: inboxRoutes(db),
  });
}

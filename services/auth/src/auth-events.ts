import type { Logger } from "@kontor/kit/logger";
import type { AccountChange } from "./accounts/accounts.logic.ts";
import type { SessionEvents } from "./sessions/sessions.logic.ts";

export type AuthEvents = SessionEvents & {
  accountChanged(by: string, accountId: string, change: AccountChange): void;
};

/** The audit trail: one line of the log for each event, with ids alone. How often is told by the metrics of the routes. */
export function createAuthEvents(logger: Logger): AuthEvents {
  return {
    loggedIn: (accountId) => logger.info({ event: "auth.logged_in", accountId }, "logged in"),
    loginFailed: (accountId) =>
      logger.warn({ event: "auth.login_failed", accountId: accountId ?? null }, "log-in failed"),
    refreshReused: () =>
      logger.warn({ event: "auth.refresh_reused" }, "refresh token used twice, session ended"),
    accountChanged: (by, accountId, change) =>
      logger.info({ event: "auth.account_changed", by, accountId, ...change }, "account changed"),
  };
}

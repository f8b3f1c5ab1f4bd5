import type { HealthCheck } from "./health.ts";
import type { Database } from "./postgres.ts";

/**
 * The database in `/health`.
 *
 * - `postgres:connections`: in use of the pool; `warn` when every one is taken and somebody waits
 * - `postgres:responseTime` ms: one round trip; `fail` when there is no answer
 */
export function postgresChecks(db: Database): HealthCheck[] {
  return [
    {
      name: "postgres:connections",
      componentType: "datastore",
      async observe() {
        const { totalCount, idleCount, waitingCount, options } = db.pool;
        const isExhausted = waitingCount > 0 && totalCount >= options.max;
        return {
          observedValue: totalCount - idleCount,
          observedUnit: "connection",
          status: isExhausted ? "warn" : "pass",
          ...(isExhausted ? { output: `all ${options.max} are taken and ${waitingCount} wait` } : {}),
        };
      },
    },
    {
      name: "postgres:responseTime",
      componentType: "datastore",
      async observe() {
        const startedAt = performance.now();
        await db.query({ name: "health.ping", text: "select 1" });
        return {
          observedValue: Math.round(performance.now() - startedAt),
          observedUnit: "ms",
          status: "pass",
        };
      },
    },
  ];
}

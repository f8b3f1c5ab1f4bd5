import type { Express } from "express";
import { describe, expect, it } from "vitest";
import { type Database, openPostgres, type PostgresOptions } from "../postgres.ts";
import { startApp, type TestRequest } from "./http-client.ts";

export type OutageRequest = TestRequest & { method: string; path: string };

/**
 * What every service owes its callers while its database does not answer: 503 with Retry-After as problem+json, never 500 and
 * never a hang.
 *
 * @param open the service over a database that is made to fail, and requests that all need it
 */
export function describeDatabaseOutage(
  service: string,
  options: () => PostgresOptions,
  open: (db: Database) => Promise<{ app: Express; requests: readonly OutageRequest[] }>,
): void {
  const expectUnavailable = async (db: Database): Promise<void> => {
    const { app, requests } = await open(db);
    await using client = await startApp(app);
    for (const { method, path, ...request } of requests) {
      const { status, headers, body } = await client.request(method, path, request);
      const seen = { status, code: body?.code, type: headers.get("content-type") };
      expect(seen, `${method} ${path}`).toEqual({
        ...{ status: 503, code: "postgres.away" },
        type: expect.stringContaining("application/problem+json"),
      });
      expect(Number(headers.get("retry-after")), `${method} ${path}`).toBeGreaterThan(0);
      expect(JSON.stringify(body)).not.toMatch(/ECONN|timeout exceeded|127\.0\.0\.1/);
    }
  };

  describe(`${service} without its database`, () => {
    // Red when: sendProblem does not know DatabaseAwayError.
    it("answers 503 with Retry-After while nobody listens there", async () => {
      await using db = openPostgres({ ...options(), port: 1, applicationName: "outage" });
      await expectUnavailable(db);
    });

    it("answers the same while every connection of the pool is taken", async () => {
      const settings = { applicationName: "outage", max: 1, connectionTimeoutMs: 100 };
      await using db = openPostgres({ ...options(), ...settings });
      const taken = await db.pool.connect();
      try {
        await expectUnavailable(db);
      } finally {
        taken.release();
      }
    });
  });
}

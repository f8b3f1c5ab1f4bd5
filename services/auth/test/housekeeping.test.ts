import { createLogger } from "@kontor/kit/logger";
import { describe, expect, it } from "vitest";
import { attemptLimits, countAttempt, deleteOldAttempts } from "../src/attempts/attempts.repo.ts";
import { startHousekeeping } from "../src/housekeeping.ts";
import { deleteOldSessions } from "../src/sessions/sessions.repo.ts";
import { startAuth } from "./start-auth.ts";

const logger = createLogger({ service: "auth", level: "silent" });

describe("housekeeping", () => {
  it("a job that fails does not stop the others, and the end waits for the one that runs", async () => {
    const done: string[] = [];
    const jobs = [() => Promise.reject(new Error("no")), async () => void done.push("second")];
    const housekeeping = startHousekeeping(jobs, logger, { intervalMs: 60_000 });
    await housekeeping[Symbol.asyncDispose]();
    expect(done).toEqual(["second"]);
  });

  it("deletes sessions past their lifetime and counts that no longer count, and nothing else", async () => {
    await using auth = await startAuth();
    const dead = await auth.enter("viewer");
    const alive = await auth.enter("viewer");
    await auth.db.query({
      text: "update auth.sessions set expires_at = now() - interval '1 second' where account_id = $1",
      values: [dead.id],
    });
    await countAttempt(auth.db, "old@kontor.example", attemptLimits);
    await auth.db.query({ text: "update auth.login_attempts set attempted_at = now() - interval '2 days'" });
    await countAttempt(auth.db, "new@kontor.example", attemptLimits);
    await deleteOldSessions(auth.db);
    await deleteOldAttempts(auth.db, attemptLimits);
    const { rows } = await auth.db.query<{ account_id: string }>({
      text: "select account_id from auth.sessions",
    });
    expect(rows).toEqual([{ account_id: alive.id }]);
    const attempts = await auth.db.query<object>({ text: "select from auth.login_attempts" });
    expect(attempts.rows).toHaveLength(1);
  });
});

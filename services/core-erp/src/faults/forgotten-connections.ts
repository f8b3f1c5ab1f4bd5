import type { Database } from "@kontor/kit/postgres";

/** A server would clean up one day; until then the connection is gone. */
const FORGOTTEN_FOR_MS = 20_000;

export type ForgottenConnections = { take(): void; giveBack(): void };

/**
 * FAULT pool-exhaustion: every call takes a connection from the pool and gives it back only after twenty seconds, as code
 * does that misses `release` on one of its paths. A few calls, and everybody else waits for a connection.
 */
export function createForgottenConnections(db: Database): ForgottenConnections {
  const held = new Set<() => void>();
  return {
    take() {
      // Not awaited: the request that forgets a connection does not notice; the next ones do.
      db.pool.connect().then(
        (client) => {
          const release = () => {
            if (!held.delete(release)) return;
            clearTimeout(timer);
            client.release();
          };
          const timer = setTimeout(release, FORGOTTEN_FOR_MS);
          held.add(release);
        },
        () => undefined,
      );
    },
    giveBack() {
      for (const release of [...held]) release();
    },
  };
}

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type EventLoad,
  killUnderLoad,
  openEventLoad,
} from "../../src/testing/event-load/open-event-load.ts";
import { openTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";

/** A broker that may be killed, or undefined for one whose own tests do that. */
export type KillableBroker = AsyncDisposable & { readonly url: string; restart?(): Promise<void> };

/** What holds over every bus, whoever is killed by `kill -9` in the middle. */
export function describeKills(
  name: string,
  openBroker: () => Promise<KillableBroker>,
  brokerKills: number,
): void {
  describe(`kill -9 under load: ${name}`, () => {
    let db: TestDatabase;
    let broker: KillableBroker;
    let load: EventLoad;

    beforeAll(async () => {
      db = await openTestDatabase({ schema: "maker" });
      broker = await openBroker();
      load = await openEventLoad({ db, busUrl: broker.url });
    }, 90_000);
    afterAll(async () => {
      await load[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    });

    // Red when: the relay deletes before it publishes, or `consume` remembers outside the transaction of the effect.
    it("loses nothing and does nothing twice when relay and consumer are killed", async () => {
      const kill = () => load.killProcesses();
      const result = await killUnderLoad(load, { kills: 3, kill, effectsBetween: 80 });
      expect(result.effects).toEqual({ total: result.appended, distinct: result.appended });
      expect(result.deadLetters).toBe(0);
    }, 150_000);

    if (brokerKills === 0) return;
    // Red when: an event leaves the outbox before the broker has confirmed it, or a consumer acknowledges before its effect.
    it(`loses nothing and does nothing twice when the broker is killed ${brokerKills} times`, async () => {
      const kill = async () => broker.restart?.();
      const result = await killUnderLoad(load, { kills: brokerKills, kill, effectsBetween: 80 });
      console.info(`effects again after ${result.recoveredAfterMs.join(", ")} ms from the restart`);
      expect(result.effects).toEqual({ total: result.appended, distinct: result.appended });
      expect(result.deadLetters).toBe(0);
    }, 300_000);
  });
}

import { describe, expect, it } from "vitest";
import type { Bus, EventEnvelope } from "../../src/bus/bus.ts";
import { AppError } from "../../src/errors.ts";
import { newEvent, uniqueName } from "./new-event.ts";

export type BusFixture = AsyncDisposable & {
  /** One more connection to the same broker, as another process has. Retries twice, without a pause worth waiting for. */
  connect(): Promise<Bus>;
};

const SOON = { timeout: 15_000, interval: 20 };

/** The behaviour every Bus owes its callers. */
export function describeBus(name: string, open: () => Promise<BusFixture>): void {
  describe(`Bus: ${name}`, () => {
    it("hands an event to every consumer once, as it was published", async () => {
      await using fixture = await open();
      await using bus = await fixture.connect();
      const thing = uniqueName();
      const seen: [string, EventEnvelope][] = [];
      for (const consumer of ["mail", "audit"]) {
        await bus.subscribe(thing, consumer, async (taken) => void seen.push([consumer, taken]));
      }
      const sent = newEvent(thing, { n: 1, text: "Ähre" }, "a");
      await bus.publish(sent);
      await expect.poll(() => seen.length, SOON).toBe(2);
      expect(seen.map(([consumer]) => consumer).sort()).toEqual(["audit", "mail"]);
      expect(seen[0]?.[1]).toEqual(sent);
    });

    it("shares the work among the processes of one consumer", async () => {
      await using fixture = await open();
      await using one = await fixture.connect();
      await using other = await fixture.connect();
      const thing = uniqueName();
      const seen: unknown[] = [];
      for (const bus of [one, other]) {
        await bus.subscribe(thing, "mail", async ({ payload }) => void seen.push(payload));
      }
      await Promise.all(Array.from({ length: 50 }, (_, n) => one.publish(newEvent(thing, n))));
      await expect.poll(() => seen.length, SOON).toBe(50);
      expect(new Set(seen).size).toBe(50);
    });

    it("keeps events for a consumer that is away", async () => {
      await using fixture = await open();
      const thing = uniqueName();
      {
        await using early = await fixture.connect();
        await early.subscribe(thing, "mail", async () => {});
      }
      await using publisher = await fixture.connect();
      await publisher.publish(newEvent(thing, "while away"));
      await using late = await fixture.connect();
      const seen: unknown[] = [];
      await late.subscribe(thing, "mail", async ({ payload }) => void seen.push(payload));
      await expect.poll(() => seen, SOON).toEqual(["while away"]);
    });

    it("tries an event again until its handler succeeds", async () => {
      await using fixture = await open();
      await using bus = await fixture.connect();
      const thing = uniqueName();
      let calls = 0;
      let isDone = false;
      await bus.subscribe(thing, "mail", async () => {
        calls += 1;
        if (calls < 3) throw new Error("not yet");
        isDone = true;
      });
      await bus.publish(newEvent(thing, "x"));
      await expect.poll(() => isDone, SOON).toBe(true);
      expect(await bus.readDeadLetters(thing, "mail", 10)).toEqual([]);
    });

    // Red when: an adapter gives up the whole batch for one event, or drops what failed.
    it("keeps a poison event with its error, and its neighbours go on", async () => {
      await using fixture = await open();
      await using bus = await fixture.connect();
      const thing = uniqueName();
      const seen: unknown[] = [];
      await bus.subscribe(thing, "mail", async ({ payload }) => {
        if (payload === "poison") throw new Error("cannot digest");
        seen.push(payload);
      });
      const poison = newEvent(thing, "poison");
      await Promise.all([newEvent(thing, 1), poison, newEvent(thing, 2)].map((one) => bus.publish(one)));
      await expect.poll(() => seen.length, SOON).toBe(2);
      await expect.poll(() => bus.readDeadLetters(thing, "mail", 10), SOON).toHaveLength(1);
      const [letter] = await bus.readDeadLetters(thing, "mail", 10);
      expect(letter).toMatchObject({ event: poison, error: expect.stringContaining("cannot digest") });
      await bus.publish(newEvent(thing, 3));
      await expect.poll(() => seen, SOON).toContain(3);
    });

    it("does not try again what no retry can mend", async () => {
      await using fixture = await open();
      await using bus = await fixture.connect();
      const thing = uniqueName();
      let calls = 0;
      await bus.subscribe(thing, "mail", async () => {
        calls += 1;
        throw new AppError("unprocessable", "events.malformed", "no such version");
      });
      await bus.publish(newEvent(thing, "x"));
      await expect.poll(() => bus.readDeadLetters(thing, "mail", 10), SOON).toHaveLength(1);
      expect(calls).toBe(1);
    });

    it("keeps the order of events with the same key", async () => {
      await using fixture = await open();
      await using bus = await fixture.connect();
      const thing = uniqueName();
      const seen = new Map<string, unknown[]>();
      let total = 0;
      await bus.subscribe(thing, "mail", async ({ payload, orderingKey = "" }) => {
        // A slow first event shows a consumer that runs ahead.
        if (payload === 0) await new Promise((turn) => setTimeout(turn, 20));
        seen.set(orderingKey, [...(seen.get(orderingKey) ?? []), payload]);
        total += 1;
      });
      const sent = Array.from({ length: 60 }, (_, n) => newEvent(thing, Math.floor(n / 3), `key-${n % 3}`));
      await Promise.all(sent.map((one) => bus.publish(one)));
      await expect.poll(() => total, SOON).toBe(60);
      for (const values of seen.values()) expect(values).toEqual(Array.from({ length: 20 }, (_, n) => n));
    });

    it("takes an event nobody has asked for without complaint", async () => {
      await using fixture = await open();
      await using bus = await fixture.connect();
      await expect(bus.publish(newEvent(uniqueName(), "x"))).resolves.toBeUndefined();
    });

    it("answers a ping", async () => {
      await using fixture = await open();
      await using bus = await fixture.connect();
      await expect(bus.ping()).resolves.toBeUndefined();
    });

    it("finishes what is in hand before it closes", async () => {
      await using fixture = await open();
      const bus = await fixture.connect();
      const thing = uniqueName();
      let state = "none";
      await bus.subscribe(thing, "mail", async () => {
        state = "begun";
        await new Promise((turn) => setTimeout(turn, 150));
        state = "done";
      });
      await bus.publish(newEvent(thing, "x"));
      await expect.poll(() => state, SOON).toBe("begun");
      await bus[Symbol.asyncDispose]();
      expect(state).toBe("done");
    });
  });
}

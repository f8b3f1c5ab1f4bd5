import { setTimeout as sleep } from "node:timers/promises";
import { openBus } from "../../bus/open-bus.ts";
import { appendEvent } from "../../bus/outbox.ts";
import { type Database, inTransaction, type PostgresOptions } from "../../postgres.ts";
import { type StartedProcess, startProcess } from "../start-process.ts";
import { thingMade } from "./thing-made.ts";

const SCRIPT = new URL("event-process.ts", import.meta.url);
const CONSUMER = "effects";
const logger = { warn() {}, info() {} };

/** What has come out so far. Lost: `distinct` stays below what was appended. Doubled: `total` is above `distinct`. */
export type Effects = { total: number; distinct: number };

/** Events from an outbox, over a bus, to their effects: relay and consumer are processes of their own. */
export type EventLoad = AsyncDisposable & {
  /** Commits the next event. @throws what the database throws */
  append(): Promise<void>;
  /** Events committed so far. */
  appended(): number;
  countEffects(): Promise<Effects>;
  countDeadLetters(): Promise<number>;
  /** Kills relay and consumer in the same instant, with batches in their hands, and starts them again. */
  killProcesses(): Promise<void>;
};

/** @param options.db with the migrated schema `maker`, first in the search path of its role */
export async function openEventLoad(options: { db: Database; busUrl: string }): Promise<EventLoad> {
  const { db, busUrl } = options;
  await db.query({ text: "create table if not exists effects (n int not null)" });
  const processes = new Map<string, StartedProcess>();
  const start = async (role: "relay" | "consumer"): Promise<void> => {
    const args = [role, JSON.stringify({ database: db.options satisfies PostgresOptions, busUrl })];
    const child = startProcess(SCRIPT, { args });
    processes.set(role, child);
    await child.waitFor(/up/);
  };
  // The consumer's queue must be there before the first event is.
  await start("consumer");
  await start("relay");
  let appended = 0;
  return {
    async append() {
      const n = appended;
      await inTransaction(db, (tx) => appendEvent(tx, thingMade, { n, maker: `m${n % 7}` }));
      appended += 1;
    },
    appended: () => appended,
    async countEffects() {
      const { rows } = await db.query<Effects>({
        text: `select count(*) as total, count(distinct n) as "distinct" from effects`,
      });
      return rows[0] ?? { total: 0, distinct: 0 };
    },
    async countDeadLetters() {
      await using bus = await openBus({ url: busUrl, applicationName: "test-count", logger });
      return (await bus.readDeadLetters(thingMade.name, CONSUMER, 1_000)).length;
    },
    async killProcesses() {
      await Promise.all([...processes.values()].map((child) => child[Symbol.asyncDispose]()));
      await Promise.all([start("consumer"), start("relay")]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...processes.values()].map((child) => child[Symbol.asyncDispose]()));
    },
  };
}

export type KillResult = {
  kills: number;
  appended: number;
  /** When all is well both equal `appended`. */
  effects: Effects;
  deadLetters: number;
  /** From each kill to the first effect after it, in ms. */
  recoveredAfterMs: number[];
};

export type KillOptions = {
  kills: number;
  /** Kills what is to be killed and has it started again. */
  kill(): Promise<void>;
  /** Effects between two kills, so that each hits a system at work. */
  effectsBetween: number;
  /** Ends it early, with an error. */
  signal?: AbortSignal;
  say?(line: string): void;
};

const APPEND_PAUSE_MS = 5;
const STALL_DEADLINE_MS = 120_000;

/**
 * Appends events all the time, kills again and again, and waits until everything has come out.
 *
 * @throws Error when nothing comes out for two minutes
 */
export async function killUnderLoad(load: EventLoad, options: KillOptions): Promise<KillResult> {
  const stop = new AbortController();
  const appending = (async () => {
    while (!stop.signal.aborted) {
      await load.append();
      await sleep(APPEND_PAUSE_MS);
    }
  })();
  const recoveredAfterMs: number[] = [];
  try {
    await untilEffects(load, options.effectsBetween);
    for (let kill = 1; kill <= options.kills; kill += 1) {
      options.signal?.throwIfAborted();
      // Somewhere in the middle of publishing, storing, delivering, acknowledging.
      await sleep(Math.random() * 200);
      await options.kill();
      const killedAt = performance.now();
      const { distinct } = await load.countEffects();
      await untilEffects(load, distinct + 1);
      recoveredAfterMs.push(Math.round(performance.now() - killedAt));
      await untilEffects(load, distinct + options.effectsBetween);
      options.say?.(
        `kill ${kill} of ${options.kills}: ${load.appended()} events, effects again after ${recoveredAfterMs.at(-1)} ms`,
      );
    }
  } finally {
    stop.abort();
    await appending;
  }
  await untilEffects(load, load.appended());
  return {
    kills: options.kills,
    appended: load.appended(),
    effects: await load.countEffects(),
    deadLetters: await load.countDeadLetters(),
    recoveredAfterMs,
  };
}

async function untilEffects(load: EventLoad, count: number): Promise<void> {
  let last = 0;
  let deadlineMs = performance.now() + STALL_DEADLINE_MS;
  for (;;) {
    const { distinct } = await load.countEffects();
    if (distinct >= count) return;
    if (distinct > last) deadlineMs = performance.now() + STALL_DEADLINE_MS;
    last = distinct;
    if (performance.now() > deadlineMs) {
      throw new Error(`only ${distinct} of ${count} events have come out, and no more for two minutes`);
    }
    await sleep(20);
  }
}

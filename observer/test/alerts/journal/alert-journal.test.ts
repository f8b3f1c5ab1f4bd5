import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AlertBook } from "@kontor/observer/alerts/journal/alert-book";
import { openAlertJournal } from "@kontor/observer/alerts/journal/alert-journal";
import type { AlertRecord } from "@kontor/observer/alerts/journal/alert-record";
import { startStateWriter } from "@kontor/observer/alerts/journal/state-writer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInbox, createRecordingLogger, makeFolder, openRoom } from "../room.ts";
import { latencyRule, startMs } from "../timetable.ts";

const quick = { forSeconds: 0, keepFiringSeconds: 0 };

function audit(id: number): AlertRecord {
  const entry = {
    id: String(id),
    atMs: startMs,
    actor: "ops",
    action: "tests.made",
    target: "x",
    detail: {},
  };
  return { kind: "audit", entry };
}

const idOf = (record: AlertRecord) => (record.kind === "audit" ? Number(record.entry.id) : record.kind);

async function openJournal(
  directory: string,
  options: { unstoredMax?: number; compactAtBytes?: number } = {},
) {
  const { logger, lines } = createRecordingLogger();
  const journal = await openAlertJournal({ directory, logger, nowMs: () => startMs, ...options });
  return { journal, lines, logger };
}

describe("alert journal", () => {
  it("read back, however often it was made shorter, it makes an equal book", async () => {
    const steps = fc.array(
      fc.record({
        rule: fc.nat(2),
        value: fc.constantFrom(100, 470, 620, "noData" as const, "error" as const),
        seconds: fc.integer({ min: 1, max: 20 }),
        fails: fc.boolean(),
        kill: fc.boolean(),
      }),
      { minLength: 1, maxLength: 15 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(1, 20_000, 1e9), async (timetable, compactAtBytes) => {
        const rules = ["a", "b", "c"].map((service) => latencyRule(service, quick));
        const inbox = createInbox();
        await using room = await openRoom({ rules, receivers: [inbox.receiver], compactAtBytes });
        let second = 0;
        const text = () => `${Math.floor(second / 60)}:${second % 60}`;
        for (const { rule, value, seconds, fails, kill } of timetable) {
          const chosen = rules[rule];
          if (chosen !== undefined) room.say(chosen, value);
          inbox.fail(fails ? new Error("away") : undefined);
          second += seconds;
          await room.runTo(text());
          if (kill) {
            const before = structuredClone(room.journal.book);
            const unstored = JSON.stringify(room.journal.listUnstored(1e6));
            await room.kill(text());
            expect(toPlain(room.journal.book)).toEqual(toPlain(before));
            expect(JSON.stringify(room.journal.listUnstored(1e6))).toBe(unstored);
          }
        }
        const ids = inbox.received.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 25 },
    );
  });

  it("is made shorter: what ended and was stored is no longer in it", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver], compactAtBytes: 4_000 });
    for (let minute = 0; minute < 20; minute++) {
      room.say(rule, 620);
      await room.runTo(`${minute}:10`);
      room.say(rule, 100);
      await room.runTo(`${minute}:40`);
      room.journal.markStored(Number.MAX_SAFE_INTEGER);
    }
    await room.alerting.whenQuiet();
    const bytes = (await readFile(join(room.folder, "transitions.jsonl"))).length;
    expect(bytes).toBeLessThan(12_000);
    expect(inbox.received).toHaveLength(40);
  });

  it("keeps for PostgreSQL what it was not told, in order, over restarts", async () => {
    await using folder = await makeFolder();
    const first = await openJournal(folder.path);
    await Promise.all([first.journal.append([audit(1), audit(2)]), first.journal.append([audit(3)])]);
    first.journal.markStored(1);
    await first.journal.append([audit(4)]);
    await using second = (await openJournal(folder.path)).journal;
    expect(second.listUnstored(10).map(({ record }) => idOf(record))).toEqual([2, 3, 4]);
    expect(second.listUnstored(2).map(({ number }) => number)).toEqual([2, 3]);
    await first.journal[Symbol.asyncDispose]();
  });

  it("gives up the oldest beyond its bound, and says so", async () => {
    await using folder = await makeFolder();
    const { journal, lines } = await openJournal(folder.path, { unstoredMax: 3 });
    await using _journal = journal;
    await journal.append([1, 2, 3, 4, 5].map(audit));
    expect(journal.listUnstored(10).map(({ record }) => idOf(record))).toEqual([3, 4, 5]);
    expect(lines.at(-1)).toMatchObject({ level: "error", fields: { lost: 2 } });
  });

  it("a folder that cannot be used is one clear error", async () => {
    await using folder = await makeFolder();
    await mkdir(join(folder.path, "data"));
    await writeFile(join(folder.path, "data", "file"), "");
    await expect(openJournal(join(folder.path, "data", "file"))).rejects.toMatchObject({
      code: "alerts.journal_unusable",
      message: expect.stringContaining("OBSERVER_DATA"),
    });
  });
});

describe("state writer", () => {
  const pauseMs = { first: 1, longest: 2 };
  class Refusal extends Error {}

  it("tries until the database takes the records, once each and in order", async () => {
    await using folder = await makeFolder();
    const { journal, logger, lines } = await openJournal(folder.path);
    await using _journal = journal;
    const stored: unknown[] = [];
    let failures = 5;
    const store = async (records: readonly AlertRecord[]) => {
      if (failures-- > 0) throw new Error("connection refused");
      stored.push(...records.map(idOf));
    };
    await using _writer = startStateWriter({ journal, store, isRefusal: () => false, logger, pauseMs });
    await journal.append([1, 2].map(audit));
    await journal.append([audit(3)]);
    await expect.poll(() => stored).toEqual([1, 2, 3]);
    await journal.append([audit(4)]);
    await expect.poll(() => stored).toEqual([1, 2, 3, 4]);
    expect(journal.listUnstored(10)).toEqual([]);
    expect(lines.map(({ level }) => level)).toEqual(["warn", "info"]);
  });

  it("a record that is refused is left out and reported; its neighbours are stored", async () => {
    await using folder = await makeFolder();
    const { journal, logger, lines } = await openJournal(folder.path);
    await using _journal = journal;
    const stored: unknown[] = [];
    const store = async (records: readonly AlertRecord[]) => {
      if (records.map(idOf).includes(2)) throw new Refusal("bad record");
      stored.push(...records.map(idOf));
    };
    await journal.append([1, 2, 3].map(audit));
    await using _writer = startStateWriter({
      journal,
      store,
      isRefusal: (error) => error instanceof Refusal,
      logger,
      pauseMs,
    });
    await expect.poll(() => stored).toEqual([1, 3]);
    expect(lines.map(({ level }) => level)).toEqual(["error"]);
  });
});

/** As JSON keeps it. An ended episode of which nothing is left to tell is forgotten by the next look at it, and counts as forgotten. */
function toPlain(book: AlertBook): unknown {
  const episodes = [...book.episodes.values()].filter(
    ({ closed, told }) => closed === undefined || Object.values(told).some(({ isResolved }) => !isResolved),
  );
  const maps = [book.alerts, book.openEpisodes, book.pendingDeliveries, book.silences].map((map) => [...map]);
  return JSON.parse(JSON.stringify([episodes, ...maps]));
}

import { mkdir, readdir, readFile, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSpanRows } from "../../src/store/decode-rows.ts";
import { Journal, type JournalOptions } from "../../src/store/journal/journal.ts";
import { JournalReader } from "../../src/store/journal/journal-reader.ts";
import { killAfterLines } from "./kill-after-lines.ts";
import { openTemporaryFolder, spanBatch } from "./records.ts";

function open(directory: string, options: Partial<JournalOptions> = {}): Promise<Journal> {
  return Journal.open({
    directory,
    ...{
      sync: "never",
      syncIntervalMs: 1000,
      maxFileBytes: 1e6,
      maxPendingBytes: 1e6,
      maxLagBytes: 1e6,
      storedNumber: 0,
      keepMs: 0,
      keepBytes: 0,
    },
    onCommitted: () => undefined,
    ...options,
  });
}

interface Seen {
  readonly number: number;
  readonly spans: number;
}

function readAll(directory: string, afterNumber = 0): Seen[] {
  using reader = new JournalReader(directory, afterNumber);
  const seen: Seen[] = [];
  for (let entry = reader.next(Infinity); entry !== undefined; entry = reader.next(Infinity)) {
    let spans = 0;
    readSpanRows(entry.payload, () => spans++);
    seen.push({ number: entry.number, spans });
  }
  return seen;
}

describe("the journal", () => {
  it("gives back what was appended, in order, over several files", async () => {
    await using folder = await openTemporaryFolder();
    await using journal = await open(folder.path, { maxFileBytes: 2_000 });
    for (let count = 1; count <= 20; count++) await journal.append(spanBatch(count));
    expect((await readdir(folder.path)).length).toBeGreaterThan(3);
    expect(readAll(folder.path)).toEqual(
      Array.from({ length: 20 }, (_, index) => ({ number: index + 1, spans: index + 1 })),
    );
    expect(readAll(folder.path, 17).map(({ number }) => number)).toEqual([18, 19, 20]);
  });

  // Red when: each request is written by itself.
  it("writes requests that come together as one group", async () => {
    await using folder = await openTemporaryFolder();
    const committed: number[] = [];
    await using journal = await open(folder.path, { onCommitted: (number) => committed.push(number) });
    await Promise.all(Array.from({ length: 50 }, () => journal.append(spanBatch(1))));
    expect(committed.at(-1)).toBe(50);
    expect(committed.length).toBeLessThan(5);
    expect(readAll(folder.path)).toHaveLength(50);
  });

  // Red when: a cut-off entry stops reading with an error, hides an entry before it, or is taken for whole.
  it("gives back every whole entry whatever byte the file is cut off at", async () => {
    await using folder = await openTemporaryFolder();
    const sizes: number[] = [];
    {
      await using journal = await open(folder.path);
      for (let count = 1; count <= 4; count++) {
        await journal.append(spanBatch(count));
        sizes.push((await readFile(await onlyFile(folder.path))).length);
      }
    }
    const whole = await readFile(await onlyFile(folder.path));
    const name = (await readdir(folder.path))[0] ?? "";
    const cut = join(folder.path, "cut");
    await mkdir(cut);
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(join(cut, name), whole.subarray(0, length));
      expect(readAll(cut)).toHaveLength(sizes.filter((size) => size <= length).length);
    }
  });

  it("never takes a damaged entry for a whole one", async () => {
    await using folder = await openTemporaryFolder();
    {
      await using journal = await open(folder.path);
      for (let count = 1; count <= 3; count++) await journal.append(spanBatch(count));
    }
    const path = await onlyFile(folder.path);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const damaged = Buffer.from(whole);
        damaged[place] = (damaged[place] as number) ^ change;
        await writeFile(path, damaged);
        for (const { number, spans } of readAll(folder.path)) expect(spans).toBe(number);
      }),
      { numRuns: 300 },
    );
  });

  it("goes on after a crash with new numbers in a new file, and reads over the torn end of the old one", async () => {
    await using folder = await openTemporaryFolder();
    {
      await using journal = await open(folder.path);
      for (let count = 1; count <= 3; count++) await journal.append(spanBatch(count));
    }
    const path = await onlyFile(folder.path);
    await truncate(path, (await readFile(path)).length - 5);
    await using journal = await open(folder.path);
    await journal.append(spanBatch(9));
    const seen = readAll(folder.path);
    expect(seen.map(({ spans }) => spans)).toEqual([1, 2, 9]);
    expect(new Set(seen.map(({ number }) => number)).size).toBe(3);
  });

  it("keeps counting where everything was stored and removed", async () => {
    await using folder = await openTemporaryFolder();
    await using journal = await open(folder.path, { storedNumber: 41 });
    await journal.append(spanBatch(1));
    expect(readAll(folder.path, 41)).toEqual([{ number: 42, spans: 1 }]);
  });

  it("removes files when all their entries are stored, and none before", async () => {
    await using folder = await openTemporaryFolder();
    await using journal = await open(folder.path, { maxFileBytes: 1 });
    for (let count = 1; count <= 4; count++) await journal.append(spanBatch(count));
    await journal.confirm(2);
    expect(readAll(folder.path).map(({ number }) => number)).toEqual([3, 4]);
    await journal.confirm(4);
    // The file that is written to stays.
    expect(readAll(folder.path).map(({ number }) => number)).toEqual([4]);
  });

  it("says that it is behind while too much is not stored", async () => {
    await using folder = await openTemporaryFolder();
    await using journal = await open(folder.path, { maxLagBytes: 1_000 });
    await journal.append(spanBatch(20));
    expect(journal.isBehind).toBe(true);
    await journal.confirm(1);
    expect(journal.isBehind).toBe(false);
  });

  // Red when: lag is counted down by sizes that were told, of which those of a worker that died after its commit are never told.
  it("is not behind any more when the last entry is stored, whatever was not said of those before it", async () => {
    await using folder = await openTemporaryFolder();
    await using journal = await open(folder.path);
    for (let count = 1; count <= 4; count++) await journal.append(spanBatch(count));
    const whole = journal.lagBytes;
    await journal.confirm(2);
    expect(journal.lagBytes).toBeLessThan(whole);
    expect(journal.lagBytes).toBeGreaterThan(0);
    await journal.confirm(journal.committedNumber);
    expect(journal.lagBytes).toBe(0);
    await journal.append(spanBatch(1));
    expect(journal.lagBytes).toBeGreaterThan(0);
  });

  it("refuses appends when it is closed", async () => {
    await using folder = await openTemporaryFolder();
    const journal = await open(folder.path);
    await journal[Symbol.asyncDispose]();
    await expect(journal.append(spanBatch(1))).rejects.toMatchObject({ code: "store.closed" });
  });

  // Red when: a failed write leaves the journal unusable, or part of what was refused is read later.
  it("refuses what does not fit on the disk and goes on when there is room again", async () => {
    await using folder = await openTemporaryFolder();
    const journals = join(folder.path, "journal");
    await using journal = await open(journals);
    // A folder that is not there any more fails as a full disk does: at the write, and until somebody mends it.
    await rename(journals, `${journals}.away`);
    await expect(journal.append(spanBatch(1))).rejects.toMatchObject({ code: "store.write_failed" });
    await rename(`${journals}.away`, journals);
    await journal.append(spanBatch(7));
    expect(readAll(journals).map(({ spans }) => spans)).toEqual([7]);
  });

  // Red when: append resolves before the system has the bytes.
  it("has everything it answered for after kill -9 of its process", async () => {
    await using folder = await openTemporaryFolder();
    const script = fileURLToPath(new URL("./journal-writer.ts", import.meta.url));
    const answered = Math.max(...(await killAfterLines(script, [folder.path], 100)).map(Number));
    const numbers = readAll(folder.path).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(answered);
  });
});

async function onlyFile(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".journal"));
  expect(names).toHaveLength(1);
  return join(directory, names[0] ?? "");
}

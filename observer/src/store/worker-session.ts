import { setImmediate, setTimeout } from "node:timers/promises";
import { CommitSignal } from "./commit-signal.ts";
import { JournalReader } from "./journal/journal-reader.ts";
import { toHour } from "./segments/closed-segment.ts";
import { SegmentSet } from "./segments/segment-set.ts";
import type { WorkerSettings } from "./store-messages.ts";

const turnMs = 10;
const housekeepingMs = 10_000;

export interface SessionEvents {
  readonly onReady: (storedNumber: number) => void;
  readonly onStored: (number: number) => void;
}

/** Entries that could not be read, kept over sessions so that one bad entry does not stop its neighbours for ever. */
export type SkippedEntries = Set<number>;

/**
 * Moves entries from the journal into segments until it is closed. A session ends with the error that stopped it; a new one then
 * goes on from what was committed, so that nothing is lost or stored twice.
 */
export class WorkerSession {
  readonly segments: SegmentSet;
  readonly #settings: WorkerSettings;
  readonly #events: SessionEvents;
  readonly #skipped: SkippedEntries;
  readonly #signal: CommitSignal;
  #wake: (() => void) | undefined;
  #isClosing = false;
  #rotation: (() => void) | undefined;
  #removed = 0;
  #housekeptAtMs = 0;

  private constructor(
    settings: WorkerSettings,
    events: SessionEvents,
    skipped: SkippedEntries,
    segments: SegmentSet,
  ) {
    this.#settings = settings;
    this.#events = events;
    this.#skipped = skipped;
    this.segments = segments;
    this.#signal = new CommitSignal(settings.committed);
  }

  static async open(
    settings: WorkerSettings,
    events: SessionEvents,
    skipped: SkippedEntries,
  ): Promise<WorkerSession> {
    const segments = await SegmentSet.open(settings, toHour(Date.now()));
    events.onReady(segments.open.lastNumber);
    return new WorkerSession(settings, events, skipped, segments);
  }

  get removedSegments(): number {
    return this.#removed;
  }

  /** There may be new entries, or the session was asked to close. */
  wake(): void {
    this.#wake?.();
  }

  close(): void {
    this.#isClosing = true;
    this.wake();
  }

  async removeExpired(): Promise<void> {
    this.#removed += await this.segments.removeExpired(Date.now());
  }

  /** Closes the open segment whatever it holds, and waits until it can be read as Parquet. */
  async closeSegment(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#rotation = resolve;
      this.wake();
    });
    await this.segments.settled();
  }

  /** Runs until `close`, then stores what the journal still has and closes the segments. */
  async run(): Promise<void> {
    using reader = new JournalReader(this.#settings.journalDirectory, this.segments.open.lastNumber);
    try {
      await this.#loop(reader);
      await this.segments.close();
    } catch (error) {
      this.segments.abandon();
      throw error;
    }
  }

  async #loop(reader: JournalReader): Promise<void> {
    let begunAtMs: number | undefined;
    const commit = async (): Promise<void> => {
      if (begunAtMs === undefined) return;
      const { open } = this.segments;
      await open.commit();
      this.#events.onStored(open.lastNumber);
      begunAtMs = undefined;
      await this.#rotateWhereDue();
    };
    for (;;) {
      const turnEndsAt = performance.now() + turnMs;
      const upToNumber = this.#signal.number;
      let entry = reader.next(upToNumber);
      while (entry !== undefined) {
        begunAtMs ??= Date.now();
        await this.#add(entry);
        if (this.segments.open.rowsInTransaction >= this.#settings.maxRowsPerCommit) await commit();
        if (performance.now() > turnEndsAt) break;
        entry = reader.next(upToNumber);
      }
      if (begunAtMs !== undefined && Date.now() - begunAtMs >= this.#settings.commitIntervalMs)
        await commit();
      await this.#housekeep();
      if (this.#rotation !== undefined) {
        await commit();
        await this.segments.rotate(toHour(Date.now()));
        this.#rotation();
        this.#rotation = undefined;
      }
      // Whoever woke the session while it was busy was not heard, so it looks again before it rests.
      if (entry === undefined) this.#signal.rest();
      const isMoreToDo =
        entry !== undefined || this.#signal.number !== upToNumber || this.#rotation !== undefined;
      // Questions of the other thread get their turn.
      if (isMoreToDo) await setImmediate();
      else if (this.#isClosing) {
        await commit();
        return;
      } else {
        // Nothing left to read below it, even where a failed write or an unreadable entry left numbers out.
        if (begunAtMs === undefined) this.#events.onStored(upToNumber);
        await this.#rest(begunAtMs);
      }
    }
  }

  async #rotateWhereDue(): Promise<void> {
    const hour = toHour(Date.now());
    if (this.segments.isRotationDue(hour)) await this.segments.rotate(hour);
  }

  async #add(entry: Parameters<SegmentSet["open"]["add"]>[0]): Promise<void> {
    if (this.#skipped.has(entry.number)) return;
    try {
      await this.segments.open.add(entry);
    } catch (error) {
      // Not the database's fault: this entry alone is left out when the next session comes to it.
      if (error instanceof RangeError || error instanceof SyntaxError) this.#skipped.add(entry.number);
      throw error;
    }
  }

  async #housekeep(): Promise<void> {
    const now = Date.now();
    if (now - this.#housekeptAtMs < housekeepingMs) return;
    this.#housekeptAtMs = now;
    if (this.segments.closingError !== undefined) throw this.segments.closingError;
    if (this.segments.open.rowsInTransaction === 0) await this.#rotateWhereDue();
    await this.removeExpired();
  }

  /** Until there is something to read, something to commit, or housekeeping to do. */
  async #rest(begunAtMs: number | undefined): Promise<void> {
    const restMs =
      begunAtMs === undefined ? housekeepingMs : begunAtMs + this.#settings.commitIntervalMs - Date.now();
    const alarm = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([
      woken,
      setTimeout(Math.max(restMs, 1), undefined, { signal: alarm.signal }).catch(() => undefined),
    ]);
    this.#wake = undefined;
    alarm.abort();
  }
}

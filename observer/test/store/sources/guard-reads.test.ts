import { describe, expect, it, vi } from "vitest";
import { type Ask, guardReads } from "../../../src/store/sources/guard-reads.ts";
import { SignalSourceError } from "../../../src/store/sources/signal-source-error.ts";

const away = new SignalSourceError("source.unreachable", "away");

/** A server that answers as told, on a clock that is told too. */
function openGuard(options: { deadlineMs?: number } = {}) {
  const clock = { nowMs: 0 };
  const answers: (() => ReturnType<Ask>)[] = [];
  let asked = 0;
  const guard = guardReads({
    ask: () => {
      asked += 1;
      return (answers.shift() ?? (async () => new Map()))();
    },
    nowMs: () => clock.nowMs,
    deadlineMs: options.deadlineMs ?? 1_000,
  });
  return {
    clock,
    answers,
    guard,
    asked: () => asked,
    read: () => guard.read("memoryMb", 30, clock.nowMs),
  };
}

const fail = (error: Error) => async () => {
  throw error;
};

describe("a guarded read", () => {
  it("hands on what the server answers", async () => {
    const { read, guard } = openGuard();
    expect((await read()).size).toBe(0);
    expect(guard.failing()).toEqual([]);
  });

  // Red when: a server that is away is asked again by every tick, which then waits for it.
  it("fails at once while the server is away, and asks it again in the background after longer and longer pauses", async () => {
    const { read, answers, clock, guard, asked } = openGuard();
    for (let time = 0; time < 20; time++) answers.push(fail(away));
    const askedAt: number[] = [];
    for (let second = 0; second <= 40; second++) {
      clock.nowMs = second * 1000;
      const before = asked();
      await expect(read()).rejects.toBe(away);
      if (asked() > before) askedAt.push(second);
      await vi.waitFor(() => expect(guard.failing()[0]?.error).toBe(away));
    }
    expect(askedAt).toEqual([0, 1, 3, 7, 15, 30]);
    expect(guard.failing()).toMatchObject([{ signal: "memoryMb", windowSeconds: 30, sinceMs: 0 }]);
  });

  it("comes back by itself", async () => {
    const { read, answers, clock, guard } = openGuard();
    answers.push(fail(away));
    await expect(read()).rejects.toBe(away);
    clock.nowMs = 1_000;
    await expect(read()).rejects.toBe(away);
    await vi.waitFor(() => expect(guard.failing()).toEqual([]));
    expect((await read()).size).toBe(0);
  });

  // Red when: a server that takes a request and never answers holds up a tick for longer than the deadline.
  it("gives up after the deadline", async () => {
    const { read, answers, guard } = openGuard({ deadlineMs: 20 });
    answers.push(() => new Promise(() => {}));
    await expect(read()).rejects.toMatchObject({ code: "source.slow", message: "No answer within 20 ms." });
    expect(guard.failing()[0]?.error.code).toBe("source.slow");
  });

  it("keeps one read's failure from the others", async () => {
    const { guard, answers, clock } = openGuard();
    answers.push(fail(away));
    await expect(guard.read("memoryMb", 30, clock.nowMs)).rejects.toBe(away);
    expect((await guard.read("cpuRatio", 30, clock.nowMs)).size).toBe(0);
    expect(guard.failing()).toHaveLength(1);
  });

  it("tells an answer that cannot be read from a server that is away", async () => {
    const { read, answers } = openGuard();
    answers.push(fail(new TypeError("x is undefined")));
    await expect(read()).rejects.toMatchObject({ code: "source.broken_answer" });
  });

  it("forgets the failure of a read that nobody needs any more", async () => {
    const { read, answers, clock, guard } = openGuard();
    answers.push(fail(away));
    await expect(read()).rejects.toBe(away);
    clock.nowMs = 400_000;
    expect(guard.failing()).toEqual([]);
  });
});

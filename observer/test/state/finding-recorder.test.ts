import { startFindingRecorder } from "@kontor/observer/state/finding-recorder";
import type { DiagnosedDetections } from "@kontor/observer/state/record-detections";
import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../alerts/room.ts";
import { detection } from "./detection.ts";

const trace = (traceId: string): DiagnosedDetections => ({ traceId, atMs: 0, detections: [detection()] });
const pauseMs = { first: 1, longest: 4 };
class Refusal extends Error {}

function openRecorder(options: { failures?: number; refuses?: string; waitingMax?: number } = {}) {
  const stored: string[] = [];
  const { lines, logger } = createRecordingLogger();
  let failures = options.failures ?? 0;
  const recorder = startFindingRecorder({
    record: async (diagnosed) => {
      if (failures-- > 0) throw new Error("connection refused");
      if (diagnosed.some(({ traceId }) => traceId === options.refuses)) throw new Refusal("bad text");
      stored.push(...diagnosed.map(({ traceId }) => traceId));
      return { opened: [], reopened: [] };
    },
    isRefusal: (error) => error instanceof Refusal,
    logger,
    pauseMs,
    ...(options.waitingMax === undefined ? {} : { waitingMax: options.waitingMax }),
  });
  return { recorder, stored, levels: () => lines.map(({ level }) => level) };
}

describe("finding recorder", () => {
  it("stores everything once and in order, however often the database is away", async () => {
    const { recorder, stored, levels } = openRecorder({ failures: 3 });
    for (const id of ["a", "b", "c"]) recorder.add(trace(id));
    await expect.poll(() => stored).toEqual(["a", "b", "c"]);
    expect(recorder.waiting).toBe(0);
    expect(levels()).toEqual(["warn", "info"]);
    await recorder[Symbol.asyncDispose]();
  });

  it("a trace that is refused is reported and left out", async () => {
    const { recorder, stored, levels } = openRecorder({ refuses: "b" });
    for (const id of ["a", "b", "c"]) recorder.add(trace(id));
    await expect.poll(() => stored).toEqual(["a", "c"]);
    expect(levels()).toEqual(["error"]);
    await recorder[Symbol.asyncDispose]();
  });

  it("keeps a bound, and counts what it gives up", async () => {
    const { recorder, stored } = openRecorder({ failures: 10_000, waitingMax: 2 });
    for (const id of ["a", "b", "c"]) recorder.add(trace(id));
    expect([recorder.waiting, recorder.lost]).toEqual([2, 1]);
    recorder.add({ traceId: "d", atMs: 0, detections: [] });
    expect(recorder.waiting).toBe(2);
    await recorder[Symbol.asyncDispose]();
    expect(stored).toEqual([]);
  });

  it("stores what waits before it stops", async () => {
    const { recorder, stored } = openRecorder();
    recorder.add(trace("a"));
    await recorder[Symbol.asyncDispose]();
    expect(stored).toEqual(["a"]);
  });
});

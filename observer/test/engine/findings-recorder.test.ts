import { describe, expect, it, vi } from "vitest";
import type { DiagnosedTrace } from "../../src/diagnosis/trace-buffer.ts";
import { createFindingsRecorder } from "../../src/engine/findings-recorder.ts";

const silent = { warn: () => {}, info: () => {} };

function traceWith(traceId: string, detections: number) {
  const explanation = { detections: Array.from({ length: detections }, () => ({})), silences: [] };
  return { traceId, atMs: 1, explanation } as unknown as DiagnosedTrace;
}

describe("the recorder of findings", () => {
  // Red when: the batch is removed before it was stored.
  it("keeps what the database did not take, and stores it later, once", async () => {
    const stored: string[] = [];
    let isAway = true;
    const recorder = createFindingsRecorder({
      store: async (traces) => {
        if (isAway) throw new Error("away");
        stored.push(...traces.map(({ traceId }) => traceId));
      },
      logger: silent,
      intervalMs: 5,
    });
    recorder.add(traceWith("a", 1));
    recorder.add(traceWith("b", 1));
    await vi.waitFor(() => expect(recorder.waitingCount).toBe(2));
    isAway = false;
    await vi.waitFor(() => expect(stored).toEqual(["a", "b"]));
    await recorder[Symbol.asyncDispose]();
    expect(stored).toEqual(["a", "b"]);
  });

  it("passes over traces in which nothing was found", async () => {
    const recorder = createFindingsRecorder({ store: async () => {}, logger: silent });
    recorder.add(traceWith("a", 0));
    expect(recorder.waitingCount).toBe(0);
    await recorder[Symbol.asyncDispose]();
  });

  it("gives up the oldest beyond its bound, and counts them", async () => {
    const store = async () => {
      throw new Error("away");
    };
    const recorder = createFindingsRecorder({ store, logger: silent, waitingMax: 2, intervalMs: 60_000 });
    for (const id of ["a", "b", "c"]) recorder.add(traceWith(id, 1));
    expect(recorder.waitingCount).toBe(2);
    expect(recorder.lostCount).toBe(1);
    await recorder[Symbol.asyncDispose]();
  });
});

import { createReadCalls } from "@kontor/observer/http/queries/service-map-queries";
import { StoreError } from "@kontor/observer/store/store-error";
import { expect, it } from "vitest";

const map = { groups: [], tracesPerSample: 1, isCut: false };

it("many pages of one range ask the store once, also while it is slow to answer, and again when that is old", async () => {
  let nowMs = 1_000_000_000;
  let asked = 0;
  let answer: (() => void) | undefined;
  const listCalls = () => {
    asked += 1;
    return new Promise<typeof map>((resolve) => {
      answer = () => resolve(map);
    });
  };
  const read = createReadCalls({ listCalls }, () => nowMs);
  const last = () => read({ fromMs: nowMs - 900_000, toMs: nowMs });
  const first = last();
  nowMs += 20_000;
  // Red when: an answer that is not there yet is not fresh
  const second = last();
  answer?.();
  expect(await second).toBe(await first);
  nowMs += 79_000;
  await last();
  expect(asked).toBe(1);
  nowMs += 2_000;
  void last();
  void read({ fromMs: 0, toMs: 900_000 });
  expect(asked).toBe(3);
});

it("a store that is away is a failure to try again, and is asked again", async () => {
  let asked = 0;
  const listCalls = async () => {
    asked += 1;
    throw new StoreError("store.closed", "The store has stopped.");
  };
  const read = createReadCalls({ listCalls }, () => 1_000_000_000);
  const range = { fromMs: 0, toMs: 900_000 };
  await expect(read(range)).rejects.toMatchObject({ code: "service_map.store_away", status: 503 });
  await expect(read(range)).rejects.toMatchObject({ code: "service_map.store_away" });
  expect(asked).toBe(2);
});

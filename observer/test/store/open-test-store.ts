import type { Batch } from "../../src/store/batch.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/store.ts";
import type { StoreError } from "../../src/store/store-error.ts";

/** The real store on a folder, quick to commit; failures it recovers from are kept. */
export async function openTestStore(dataDirectory: string, options: Partial<StoreOptions> = {}) {
  const failures: StoreError[] = [];
  const store = await openStore({
    dataDirectory,
    commitIntervalMs: 20,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return Object.assign(store, { failures });
}

export async function appendAll(store: Store, batches: readonly Batch[]): Promise<void> {
  for (const batch of batches) await store.journal.append(batch);
  await store.caughtUp();
}

export async function collect(store: Store, kind: Batch["kind"], sinceMs = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of store.storedBatches(kind, sinceMs)) batches.push(batch);
  return batches;
}

/** As after a start: from the journal. */
export async function collectRecent(store: Store, kind: Batch["kind"], sinceMs = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of store.recentBatches(kind, sinceMs)) batches.push(batch);
  return batches;
}

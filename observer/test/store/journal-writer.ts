import { Journal } from "../../src/store/journal/journal.ts";
import { spanBatch } from "./records.ts";

/** Appends until it is killed, and says the number of each entry once it is safe. Started by the test of kill -9. */
const journal = await Journal.open({
  directory: process.argv[2] ?? "",
  ...{
    sync: "never",
    syncIntervalMs: 1000,
    maxFileBytes: 50_000,
    maxPendingBytes: 1e6,
    maxLagBytes: 1e9,
    storedNumber: 0,
    keepMs: 0,
    keepBytes: 0,
  },
  onCommitted: () => undefined,
});
for (;;) {
  await Promise.all([
    journal.append(spanBatch(1)),
    journal.append(spanBatch(2)),
    journal.append(spanBatch(3)),
  ]);
  process.stdout.write(`${journal.committedNumber}\n`);
}

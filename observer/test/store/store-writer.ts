import { openStore } from "../../src/store/store.ts";
import { hex, span } from "./records.ts";

/** Appends one trace after the other until it is killed, and says the number of each once it is accepted. Started by tests of kill -9. */
const [directory = "", from = "0"] = process.argv.slice(2);
const store = await openStore({
  dataDirectory: directory,
  ...{ commitIntervalMs: 5, maxSegmentRows: 100 },
  onFailure: (error) => process.stderr.write(`${error.message}\n`),
});
await store.caughtUp();
for (let id = Number(from) + 1; ; id++) {
  const receivedAtMs = id;
  await store.journal.append({
    kind: "spans",
    receivedAtMs,
    spans: [span({ traceId: hex(id, 32), receivedAtMs })],
  });
  process.stdout.write(`${id}\n`);
}

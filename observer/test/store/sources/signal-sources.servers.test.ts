import { afterAll, beforeAll } from "vitest";
import { describeCounting } from "./describe-counting.ts";
import { describeSenders } from "./describe-senders.ts";
import { openSignalPath, type SignalPath, sourceNames } from "./open-signal-path.ts";

let path: SignalPath;

beforeAll(async () => {
  path = await openSignalPath();
});

afterAll(() => path[Symbol.asyncDispose]());

for (const source of sourceNames) {
  describeCounting(source, () => path);
  describeSenders(source, () => path);
}

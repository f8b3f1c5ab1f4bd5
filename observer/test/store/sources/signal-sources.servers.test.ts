import { afterAll, beforeAll } from "vitest";
import { describeSignalSource } from "./describe-signal-source.ts";
import { openSignalPath, type SignalPath, sourceNames } from "./open-signal-path.ts";

let path: SignalPath;

beforeAll(async () => {
  path = await openSignalPath();
});

afterAll(() => path[Symbol.asyncDispose]());

for (const source of sourceNames) describeSignalSource(source, () => path);

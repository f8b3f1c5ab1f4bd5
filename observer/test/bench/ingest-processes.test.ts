import { describe, expect, it } from "vitest";
import { startGenerator, startObserver } from "../../bench/ingest-processes.ts";
import { within } from "../../bench/within.ts";
import { openTemporaryFolder } from "../store/records.ts";

const program = new URL("./faulty-generator.ts", import.meta.url);
const order = { url: "http://127.0.0.1:1", spansPerSecond: 1, seconds: 0 };

describe("no wait of the benchmark is without a limit", () => {
  // Red when: only the answer of the generator is waited for.
  it("a generator that dies under an order is an error at once", async () => {
    await using generator = await startGenerator(program);
    await expect(generator.run(order)).rejects.toThrow("the generator ended with SIGKILL");
  });

  it("an observer that ends before it listens is an error with its exit code", async () => {
    await using folder = await openTemporaryFolder();
    const main = new URL("./no-such-program.ts", import.meta.url);
    await expect(startObserver(folder.path, main)).rejects.toThrow("the observer ended with 1");
  });

  // Red when: nothing but the line with the address ends the wait.
  it("an observer that never says where it listens is ended, and an error that says so", async () => {
    await using folder = await openTemporaryFolder();
    await expect(startObserver(folder.path, program, 300)).rejects.toThrow(
      "the address on which the observer listens did not come within 0.3 s",
    );
  });

  it("work that is done in time is answered, and its failure handed on", async () => {
    await expect(within(1_000, "it", Promise.resolve(1))).resolves.toBe(1);
    await expect(within(1_000, "it", Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});

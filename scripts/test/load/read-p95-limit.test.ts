import { expect, it } from "vitest";
import { readFile } from "../../checks/repository-files.ts";
import { readP95Limit } from "../../load/read-p95-limit.ts";

// Red when: the limit stands in code a second time.
it("what a load may take is what the one file says", async () => {
  const { latencyP95MsMax } = JSON.parse(readFile("observer_config.json")).defaults;
  expect(await readP95Limit({})).toBe(latencyP95MsMax.limit ?? latencyP95MsMax);
});

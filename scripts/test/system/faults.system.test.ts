import { expect, it } from "vitest";
import { listFaults } from "../../faults/fault-client.ts";
import { faultProofs } from "../../faults/prove/fault-proofs.ts";
import { proveFaults } from "../../faults/prove/prove-faults.ts";
import { openScenario, workingDay } from "../../load/load-command.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { openTestSystem } from "./running-system.ts";

// All of them take minutes: `kontor faults prove`. This one is over soonest.
it("every fault has a proof, and an exhausted pool fires its rule, is one finding, and clears", async () => {
  await using folder = await openTemporaryFolder("system");
  await using system = await openTestSystem(folder.path);
  const faults = await listFaults(system.urls);
  expect(faults.map(({ name }) => name)).toEqual(faultProofs.map(({ fault }) => fault));

  const proven = await proveFaults({
    urls: system.urls,
    observer: { url: system.urls.observer },
    scenario: { ...(await openScenario(workingDay)), flowsPerSecond: 8 },
    proofs: faultProofs.filter(({ fault }) => fault === "pool-exhaustion"),
    warmUpSeconds: 2,
    signal: AbortSignal.timeout(110_000),
    say: () => {},
  });
  expect(proven).toMatchObject([{ fault: "pool-exhaustion", problems: [] }]);
});

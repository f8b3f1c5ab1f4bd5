import { expect, it } from "vitest";
import { listMails } from "../../clients/mail-client.ts";
import { listRules } from "../../clients/observer-client.ts";
import { defaultRestartPolicy } from "../../start/restart-policy.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { eventually } from "../start/eventually.ts";
import { openTestSystem } from "./running-system.ts";

// Red when: the observer waits for the notification service, or for PostgreSQL, before it sends a mail of its own.
it("that the database is away is itself mailed, by the observer, while the database is away", async () => {
  await using folder = await openTemporaryFolder("system");
  // Longer than the test: the database stays away.
  const policy = { ...defaultRestartPolicy, firstDelayMs: 300_000, maxDelayMs: 300_000 };
  await using system = await openTestSystem(folder.path, { policy });
  const isJudged = async () =>
    (await listRules({ url: system.urls.observer })).some(
      ({ service, rule, state }) =>
        service === "core-erp" && rule === "availabilityRatioMin" && state === "ok",
    );
  await eventually(isJudged, 60_000);
  const since = new Date();
  system.kill("postgres", "SIGKILL");
  const mail = await eventually(async () => {
    const mails = await listMails(system.urls.mail, since);
    return mails.find(({ subject }) => subject.includes("core-erp: availability"));
  }, 60_000);
  // Without its database the notification service mails nothing: it was the observer.
  expect(mail.to).toEqual(["oncall@kontor.example"]);
  const database = await eventually(() =>
    system.statuses().find(({ name, state }) => name === "postgres" && state !== "up"),
  );
  expect(database).toMatchObject({ state: "restarting", restarts: 0 });
});

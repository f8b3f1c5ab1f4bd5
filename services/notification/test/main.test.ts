import { createTestClient } from "@kontor/kit/testing/http-client";
import { startProcess } from "@kontor/kit/testing/start-process";
import { openTestBusDatabase, openTestDatabase } from "@kontor/kit/testing/test-database";
import { expect, it } from "vitest";

const main = new URL("../src/main.ts", import.meta.url);

it("starts on an empty schema, answers healthy, and ends when asked to", async () => {
  await using db = await openTestDatabase({ schema: "notification" });
  await using bus = await openTestBusDatabase();
  const { host, port, database, user, password } = db.options;
  await using service = startProcess(main, {
    env: {
      PORT: "0",
      POSTGRES_HOST: host,
      POSTGRES_PORT: String(port),
      POSTGRES_DATABASE: database,
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      BUS_URL: bus.url,
      SMTP_URL: "smtp://127.0.0.1:1",
      ALERT_MAIL_TO: "oncall@kontor.example",
    },
  });
  const [, url = ""] = await service.waitFor(/"url":"([^"]+)","msg":"listening"/);
  const { status, body } = await createTestClient(url).request("GET", "/health");
  // Without a mail server mails wait: a warning, and no reason to restart anything.
  expect({ status, health: body.status }).toEqual({ status: 200, health: "warn" });
  service.child.kill("SIGTERM");
  expect(await service.ended).toBe(0);
});

it("names everything that is wrong with its environment at once", async () => {
  await using service = startProcess(main, { env: { SMTP_URL: "http://x", ALERT_MAIL_TO: "nobody" } });
  expect(await service.ended).toBe(1);
  for (const variable of ["POSTGRES_DATABASE", "BUS_URL", "SMTP_URL", "ALERT_MAIL_TO"]) {
    expect(service.output()).toContain(variable);
  }
});

import { randomUUID } from "node:crypto";
import { openBus } from "@kontor/kit/bus/open-bus";
import { createLogger } from "@kontor/kit/logger";
import { type MailCatcher, startMailCatcher } from "@kontor/kit/testing/mail-catcher";
import { startProcess } from "@kontor/kit/testing/start-process";
import { openTestBusDatabase, openTestDatabase } from "@kontor/kit/testing/test-database";
import { createReportSender } from "@kontor/observer/engine/report-sender";
import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import { toReportFile } from "@kontor/observer/reports/report-files";
import { toReportNotice } from "@kontor/observer/reports/to-report-notice";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realisticInput } from "../reports/realistic-input.ts";
import { times } from "../reports/report-fixture.ts";

const soon = { timeout: 20_000, interval: 50 };
const report = buildOptimisationReport(realisticInput(), times);
let catcher: MailCatcher;

beforeAll(async () => {
  catcher = await startMailCatcher();
});
afterAll(() => catcher[Symbol.asyncDispose]());

async function noticeOf(schedule: string, format: "html" | "pdf", recipients: readonly string[] = []) {
  const id = randomUUID();
  const file = await toReportFile(report, format);
  return toReportNotice(report, {
    id,
    schedule,
    recipients,
    url: `http://observer.example/reports/${id}`,
    file,
  });
}

const received = async (id: string) => (await catcher.mails()).filter(({ text }) => text.includes(id));

describe("a report that is due", () => {
  it("goes through the bus and the notification service to its receivers: once, with its file", async () => {
    await using busDatabase = await openTestBusDatabase();
    await using database = await openTestDatabase({ schema: "notification" });
    const { host, port, database: name, user, password } = database.options;
    const main = new URL("../../../services/notification/src/main.ts", import.meta.url);
    const postgres = { POSTGRES_HOST: host, POSTGRES_PORT: String(port), POSTGRES_DATABASE: name };
    await using service = startProcess(main, {
      env: {
        ...{ PORT: "0", ...postgres, POSTGRES_USER: user, POSTGRES_PASSWORD: password },
        ...{ BUS_URL: busDatabase.url, SMTP_URL: catcher.smtpUrl, ALERT_MAIL_TO: "oncall@kontor.example" },
      },
    });
    await service.waitFor(/"msg":"listening"/);
    const logger = createLogger({ service: "observer", level: "silent" });
    await using bus = await openBus({ url: busDatabase.url, applicationName: "observer", logger });
    const send = createReportSender(bus, undefined);
    const notice = await noticeOf("weekly", "html");
    await send?.(notice);
    // As after a crash between handing over and writing that down.
    await send?.(notice);
    await expect.poll(async () => (await received(notice.id)).length, soon).toBe(1);
    const [mail] = await received(notice.id);
    expect(mail).toMatchObject({
      to: ["oncall@kontor.example"],
      subject: expect.stringMatching(
        /^Optimisation report, 2026-09-20 to 2026-09-21: GET \/api\/orders of core-erp/,
      ),
      attachments: [{ name: "kontor-optimisation-20260921T1400.html", contentType: "text/html" }],
      repeats: 0,
    });
    expect(mail?.text).toContain("WHAT COSTS MOST\n1. N+1");
    expect(mail?.attachments[0]?.bytes).toBeGreaterThan(20_000);
    service.child.kill("SIGTERM");
    await service.ended;
  });

  it("without a bus is sent by the observer itself; a receiver drops the second of two", async () => {
    const smtp = {
      url: catcher.smtpUrl,
      from: "Kontor <kontor@kontor.example>",
      to: "oncall@kontor.example",
    };
    const send = createReportSender(undefined, smtp);
    const notice = await noticeOf("daily", "pdf", ["team@kontor.example", "cto@kontor.example"]);
    await send?.(notice);
    await send?.(notice);
    expect(await received(notice.id)).toMatchObject([
      {
        to: ["team@kontor.example", "cto@kontor.example"],
        attachments: [{ name: "kontor-optimisation-20260921T1400.pdf", contentType: "application/pdf" }],
        repeats: 1,
      },
    ]);
  });

  it("has no way without a bus and a mail server", () => {
    expect(createReportSender(undefined, undefined)).toBeUndefined();
  });

  it("has its file left out where that is too large for a mail", () => {
    const file = { name: "x.pdf", contentType: "application/pdf", bytes: new Uint8Array(5_000_001) };
    const details = {
      id: randomUUID(),
      schedule: "weekly",
      recipients: [],
      url: "http://observer.example/",
      file,
    };
    expect(toReportNotice(report, details).attachment).toBeNull();
  });
});

import { randomUUID } from "node:crypto";
import { type Bus, toEnvelope } from "@kontor/kit/bus/bus";
import { busCheck } from "@kontor/kit/bus/bus-check";
import { openBus } from "@kontor/kit/bus/open-bus";
import { startOutboxRelay } from "@kontor/kit/bus/outbox-relay";
import { alertMessageId, alertTransitioned } from "@kontor/kit/contracts/alerts";
import { notificationDelivered } from "@kontor/kit/contracts/notifications";
import { orderCancelled, orderConfirmed, orderPlaced } from "@kontor/kit/contracts/orders";
import { reportMade, reportMessageId } from "@kontor/kit/contracts/reports";
import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { createLogger } from "@kontor/kit/logger";
import { postgresChecks } from "@kontor/kit/postgres-checks";
import { startApp } from "@kontor/kit/testing/http-client";
import { type MailCatcher, startMailCatcher } from "@kontor/kit/testing/mail-catcher";
import { sampleAlert } from "@kontor/kit/testing/sample-alert";
import { openTestBusDatabase, openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { createTestIssuer, type TestIssuer } from "@kontor/kit/testing/tokens";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNotificationApp } from "../src/app.ts";
import { startMailer } from "../src/deliveries/mailer.ts";
import { createSmtp, smtpCheck } from "../src/deliveries/smtp.ts";
import { subscribeToEvents } from "../src/subscriptions.ts";
import { toPlacedOrder, toReport } from "./payloads.ts";

const SCHEMA = "notification";
const SOON = { timeout: 15_000, interval: 20 };
const logger = createLogger({ service: "notification", level: "silent" });

let resources: AsyncDisposableStack;
let bus: Bus;
let db: TestDatabase;
let catcher: MailCatcher;
let issuer: TestIssuer;
let api: Awaited<ReturnType<typeof startApp>>;

beforeAll(async () => {
  resources = new AsyncDisposableStack();
  const migrations = new URL("../migrations/", import.meta.url);
  db = resources.use(await openTestDatabase({ schema: SCHEMA, migrations }));
  const busDatabase = resources.use(await openTestBusDatabase());
  catcher = resources.use(await startMailCatcher());
  issuer = resources.use(await createTestIssuer());
  const smtp = resources.use(createSmtp({ url: catcher.smtpUrl, from: "Kontor <kontor@kontor.example>" }));
  resources.use(startMailer({ db, schema: SCHEMA, smtp, logger }));
  bus = resources.use(await openBus({ url: busDatabase.url, applicationName: "test", logger }));
  resources.use(startOutboxRelay({ db, schema: SCHEMA, bus, logger }));
  const alertRecipients = ["oncall@kontor.example", "second@kontor.example"];
  await subscribeToEvents(bus, db, { alertRecipients });
  const health = [...postgresChecks(db), busCheck(bus), smtpCheck(smtp)];
  const app = createNotificationApp({
    version: "1",
    db,
    logger,
    authenticate: createAuthenticate(issuer),
    health,
  });
  api = resources.use(await startApp(app));
});
afterAll(async () => {
  await resources[Symbol.asyncDispose]();
});

async function findMails(subject: string) {
  return (await catcher.mails()).filter((mail) => mail.subject.includes(subject));
}

describe("an alert", () => {
  it("reaches every receiver by mail once, however often the event comes, and is reported as delivered", async () => {
    const delivered: string[] = [];
    await bus.subscribe(notificationDelivered.name, "test", async ({ payload }) => {
      delivered.push(notificationDelivered.payload.parse(payload).sourceId);
    });
    const alert = sampleAlert({ service: "reporting" });
    const event = toEnvelope(alertTransitioned, alert, { id: alert.id });
    await Promise.all([bus.publish(event), bus.publish(event), bus.publish(event)]);

    await expect.poll(async () => (await findMails("reporting")).length, SOON).toBe(2);
    const mails = await findMails("reporting");
    expect(mails.map(({ to }) => to.join()).sort()).toEqual([
      "oncall@kontor.example",
      "second@kontor.example",
    ]);
    expect(mails[0]).toMatchObject({
      subject: "[critical] reporting GET /api/orders: p95 612 ms over 500 ms",
      messageId: alertMessageId(alert.id),
      from: '"Kontor" <kontor@kontor.example>',
      text: expect.stringContaining("11 identical queries per request"),
      html: expect.stringContaining("select * from order_lines"),
    });
    await expect.poll(() => delivered, SOON).toContain(alert.id);
    const all = await findMails("reporting");
    expect(all.map(({ repeats }) => repeats)).toEqual([0, 0]);
  });

  it("is told of again when it is over, with how long it took", async () => {
    const over = sampleAlert({
      service: "billing",
      from: "recovering",
      to: "resolved",
      observed: 310,
      resolvedAt: "2026-11-24T14:05:31.000Z",
    });
    await bus.publish(toEnvelope(alertTransitioned, over, { id: over.id }));
    await expect
      .poll(async () => (await findMails("billing"))[0]?.subject, SOON)
      .toBe("[resolved] billing GET /api/orders: p95 after 2 min 10 s");
  });

  it("is no mail while it is pending or recovering", async () => {
    for (const to of ["pending", "recovering"] as const) {
      const alert = sampleAlert({ service: "quiet", to });
      await bus.publish(toEnvelope(alertTransitioned, alert, { id: alert.id }));
    }
    const marker = sampleAlert({ service: "marker" });
    await bus.publish(toEnvelope(alertTransitioned, marker, { id: marker.id }));
    await expect.poll(async () => (await findMails("marker")).length, SOON).toBe(2);
    expect(await findMails("quiet")).toEqual([]);
  });

  it("does not stop the others when it is malformed", async () => {
    const broken = { ...toEnvelope(alertTransitioned, sampleAlert(), {}), payload: { nonsense: true } };
    await bus.publish(broken);
    const alert = sampleAlert({ service: "after-broken" });
    await bus.publish(toEnvelope(alertTransitioned, alert, { id: alert.id }));
    await expect.poll(async () => (await findMails("after-broken")).length, SOON).toBe(2);
    const letters = await bus.readDeadLetters(alertTransitioned.name, "notification", 5);
    expect(letters).toMatchObject([{ error: expect.stringContaining("alerts.transitioned") }]);
  });
});

describe("a report", () => {
  // Red when: the attachments are left out of queueDelivery or of what createSmtp sends.
  it("reaches its receivers once, however often the event comes, with its file and in the inbox", async () => {
    const report = toReport({ recipients: ["review@kontor.example", "cto@kontor.example"] });
    const event = toEnvelope(reportMade, report, { id: report.id });
    await Promise.all([bus.publish(event), bus.publish(event)]);
    await expect.poll(async () => (await findMails("Optimisation report")).length, SOON).toBe(2);
    const mails = await findMails("Optimisation report");
    expect(mails.map(({ to }) => to.join()).sort()).toEqual(["cto@kontor.example", "review@kontor.example"]);
    expect(mails[0]).toMatchObject({
      subject: expect.stringMatching(
        /^Optimisation report, 2026-11-17 to 2026-11-24: No limit is broken now/,
      ),
      messageId: reportMessageId(report.id),
      text: expect.stringContaining("https://observer.example/reports/r1"),
      html: expect.stringContaining("N+1 in &lt;orders&gt;"),
      attachments: [{ name: "kontor-optimisation.html", contentType: "text/html", bytes: 33 }],
      repeats: 0,
    });
    const { body } = await api.request("GET", "/api/notifications", {
      token: await issuer.token({ userId: "u1", roles: ["admin"] }),
    });
    expect(body.notifications.find(({ kind }: { kind: string }) => kind === "report")).toMatchObject({
      severity: "warning",
      url: "https://observer.example/reports/r1",
    });
  });

  it("that names no receivers goes to those of alerts, without a file too", async () => {
    const report = toReport({ headline: "Nothing hurts.", tone: "good", items: [], attachment: null });
    await bus.publish(toEnvelope(reportMade, report, { id: report.id }));
    await expect.poll(async () => (await findMails("Nothing hurts")).length, SOON).toBe(2);
    expect((await findMails("Nothing hurts")).map(({ to, attachments }) => [to.join(), attachments])).toEqual(
      expect.arrayContaining([["oncall@kontor.example", []]]),
    );
  });
});

describe("an order", () => {
  it("is told to its customer when placed, confirmed and cancelled", async () => {
    const placed = toPlacedOrder({ orderNumber: "SO-00000077" });
    const { lines: _lines, placedAt: _placedAt, ...order } = placed;
    const at = "2026-11-24T15:00:00.000Z";
    await bus.publish(toEnvelope(orderPlaced, placed));
    await bus.publish(toEnvelope(orderConfirmed, { ...order, confirmedAt: at }));
    await bus.publish(toEnvelope(orderCancelled, { ...order, reason: "out of <stock>", cancelledAt: at }));
    await expect.poll(async () => (await findMails("SO-00000077")).length, SOON).toBe(3);
    const mails = await findMails("SO-00000077");
    expect(mails.every(({ to }) => to[0] === "mueller@customer.example")).toBe(true);
    const cancelled = mails.find(({ subject }) => subject.includes("cancelled"));
    expect(cancelled?.text).toContain("out of <stock>");
    expect(cancelled?.html).toContain("out of &lt;stock&gt;");
  });
});

describe("GET /health", () => {
  it("names database, bus and mail server", async () => {
    const { status, body } = await api.request("GET", "/health");
    expect(status).toBe(200);
    expect(body.checks["smtp:connection"]).toMatchObject([{ status: "pass", observedUnit: "ms" }]);
    expect(Object.keys(body.checks)).toEqual(
      expect.arrayContaining(["postgres:connections", "postgres:responseTime", "bus:responseTime"]),
    );
  });

  it("only warns when the mail server is away", async () => {
    using away = createSmtp({ url: "smtp://127.0.0.1:1", from: "kontor@kontor.example" });
    expect(await smtpCheck(away).observe()).toMatchObject({ status: "warn" });
  });
});

describe("the inbox", () => {
  const token = (userId: string, roles: string[]) => issuer.token({ userId, roles });

  it("shows alerts to admins and observers, and to nobody else", async () => {
    const alert = sampleAlert({ service: "inbox-roles" });
    await bus.publish(toEnvelope(alertTransitioned, alert, { id: alert.id }));
    const list = async (roles: string[]) => {
      const { body } = await api.request("GET", "/api/notifications", { token: await token("u1", roles) });
      return body.notifications.filter(({ title }: { title: string }) => title.includes("inbox-roles"));
    };
    await expect.poll(async () => (await list(["observer"])).length, SOON).toBe(1);
    expect(await list(["sales", "admin"])).toMatchObject([
      { severity: "critical", url: "https://observer.example/alerts/1", isRead: false },
    ]);
    expect(await list(["sales"])).toEqual([]);
    expect((await api.request("GET", "/api/notifications")).status).toBe(401);
  });

  it("writes an explanation into the entry of its alert", async () => {
    const alert = sampleAlert({ service: "inbox-explained", fingerprint: "fe".repeat(8), findings: [] });
    await bus.publish(toEnvelope(alertTransitioned, alert, { id: alert.id }));
    await expect.poll(async () => (await findMails("inbox-explained")).length, SOON).toBe(2);
    const { findings } = sampleAlert();
    const explained = { ...alert, id: randomUUID(), update: "explained" as const, findings };
    await bus.publish(toEnvelope(alertTransitioned, explained, { id: explained.id }));
    await expect.poll(async () => (await findMails("explained: inbox-explained")).length, SOON).toBe(2);
    const { body } = await api.request("GET", "/api/notifications", { token: await token("u1", ["admin"]) });
    const mine = body.notifications.filter(({ title }: { title: string }) =>
      title.includes("inbox-explained"),
    );
    expect(mine).toHaveLength(1);
    expect(mine[0].body).toContain("order_lines");
  });
});

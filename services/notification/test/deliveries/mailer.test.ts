import { randomUUID } from "node:crypto";
import { createLogger } from "@kontor/kit/logger";
import { startMailCatcher } from "@kontor/kit/testing/mail-catcher";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimDeliveries, queueDelivery } from "../../src/deliveries/deliveries.repo.ts";
import type { NewDelivery } from "../../src/deliveries/delivery.ts";
import { startMailer } from "../../src/deliveries/mailer.ts";
import { createSmtp } from "../../src/deliveries/smtp.ts";
import { startScriptedSmtp } from "../scripted-smtp.ts";

const logger = createLogger({ service: "notification", level: "silent" });
const SOON = { timeout: 15_000, interval: 20 };
let db: TestDatabase;

beforeAll(async () => {
  const migrations = new URL("../../migrations/", import.meta.url);
  db = await openTestDatabase({ schema: "notification", migrations });
});
beforeEach(async () => {
  await db.query({ text: "truncate deliveries, outbox" });
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

function openMailer(port: number, options: { concurrency?: number; leaseMs?: number } = {}): AsyncDisposable {
  const smtp = createSmtp({ url: `smtp://127.0.0.1:${port}`, from: "Kontor <kontor@kontor.example>" });
  const mailer = startMailer({ db, schema: "notification", smtp, logger, ...options });
  return {
    async [Symbol.asyncDispose]() {
      await mailer[Symbol.asyncDispose]();
      smtp[Symbol.dispose]();
    },
  };
}

async function queue(recipient: string, changes: Partial<NewDelivery> = {}): Promise<string> {
  const sourceId = changes.sourceId ?? randomUUID();
  const content = { subject: "Hello", text: "Text.", html: "<p>Text.</p>" };
  const ids = { sourceId, messageId: `<${sourceId}@test>`, threadId: "<thread@test>" };
  await queueDelivery(db, { ...content, ...ids, recipient, kind: "alert", ...changes }, {});
  return sourceId;
}

type Row = { recipient: string; state: string; attempts: number; last_error: string | null };

async function readDeliveries(): Promise<Row[]> {
  const text = "select recipient, state, attempts, last_error from deliveries order by created_at";
  return (await db.query<Row>({ text })).rows;
}

async function readDelivered(): Promise<string[]> {
  const text =
    "select payload->>'sourceId' as id from outbox where name = 'notifications.delivered' order by position";
  return (await db.query<{ id: string }>({ text })).rows.map(({ id }) => id);
}

describe("mailer", () => {
  it("sends a mail as soon as it is queued, and reports an alert as delivered", async () => {
    await using catcher = await startMailCatcher();
    await using _mailer = openMailer(catcher.smtpPort);
    const alert = await queue("a@kontor.example", { subject: "Größe: 1 > 0" });
    await queue("b@kontor.example", { kind: "order" });
    await expect.poll(async () => (await catcher.mails()).length, SOON).toBe(2);
    // Both are sent at the same time, so that either may arrive first.
    const mail = (await catcher.mails()).find(({ to }) => to.includes("a@kontor.example"));
    expect(mail).toMatchObject({
      messageId: `<${alert}@test>`,
      to: ["a@kontor.example"],
      subject: "Größe: 1 > 0",
      text: expect.stringContaining("Text."),
      html: expect.stringContaining("<p>Text.</p>"),
    });
    await expect.poll(readDeliveries, SOON).toMatchObject([{ state: "sent" }, { state: "sent" }]);
    expect(await readDelivered()).toEqual([alert]);
  });

  it("does not queue the same event twice for one receiver", async () => {
    const sourceId = await queue("a@kontor.example");
    await queue("a@kontor.example", { sourceId });
    await queue("b@kontor.example", { sourceId });
    expect(await readDeliveries()).toHaveLength(2);
  });

  it("tries again after a refusal for now", async () => {
    let refusals = 1;
    await using server = await startScriptedSmtp({
      onReceiver: () => (refusals-- > 0 ? "451 come back later" : undefined),
    });
    await using _mailer = openMailer(server.port);
    await queue("a@kontor.example");
    await expect.poll(() => server.taken, SOON).toEqual(["a@kontor.example"]);
    await expect.poll(readDeliveries, SOON).toMatchObject([{ state: "sent", attempts: 2, last_error: null }]);
  });

  it("gives up after a refusal for good, keeps the reason, and the others go on", async () => {
    await using server = await startScriptedSmtp({
      onReceiver: (address) => (address.startsWith("gone") ? "550 no such mailbox" : undefined),
      onData: (address) => (address.startsWith("spam") ? "554 looks like spam" : undefined),
    });
    await using _mailer = openMailer(server.port);
    const good = await (async () => {
      await queue("gone@kontor.example");
      await queue("spam@kontor.example");
      // What a customer gave as an address must not become commands to the server.
      await queue("x@kontor.example>\r\nRCPT TO:<good@kontor.example");
      return queue("good@kontor.example");
    })();
    await expect
      .poll(async () => (await readDeliveries()).map(({ state }) => state), SOON)
      .toEqual(["dead", "dead", "dead", "sent"]);
    const [gone, spam] = await readDeliveries();
    expect(gone?.last_error).toContain("no such mailbox");
    expect(spam?.last_error).toContain("looks like spam");
    expect(await readDelivered()).toEqual([good]);
  });

  // Red when: a failed connection makes a mail `dead`, or nothing hastens what waits.
  it("loses nothing while the mail server is away, and sends all soon after it is back", async () => {
    const port = await (async () => {
      await using gone = await startMailCatcher();
      return gone.smtpPort;
    })();
    await using _mailer = openMailer(port, { concurrency: 2 });
    for (let n = 0; n < 12; n++) await queue(`r${n}@kontor.example`);
    const attempts = async () => (await readDeliveries()).map((row) => row.attempts);
    await expect.poll(async () => Math.min(...(await attempts())), SOON).toBeGreaterThanOrEqual(2);
    expect((await readDeliveries()).every(({ last_error }) => last_error?.includes("ECONNREFUSED"))).toBe(
      true,
    );

    await using catcher = await startMailCatcher(port);
    await expect.poll(async () => (await catcher.mails()).length, SOON).toBe(12);
    await expect.poll(async () => (await readDelivered()).length, SOON).toBe(12);
  });

  // Red when: claimDeliveries leaves out the state `sending`.
  it("takes up again what a killed sender had in hand, with the same Message-ID", async () => {
    await using catcher = await startMailCatcher();
    await queue("a@kontor.example");
    // A sender that was killed after the server took the mail and before it could write so.
    const [claimed] = await claimDeliveries(db, 1, 300);
    if (claimed === undefined) throw new Error("nothing was due");
    const smtp = createSmtp({ url: catcher.smtpUrl, from: "kontor@kontor.example" });
    await smtp.send(claimed);
    smtp[Symbol.dispose]();
    await using _mailer = openMailer(catcher.smtpPort);
    await expect.poll(readDeliveries, SOON).toMatchObject([{ state: "sent", attempts: 2 }]);
    expect(await catcher.mails()).toMatchObject([{ repeats: 1 }]);
    expect(await readDelivered()).toHaveLength(1);
  });

  it("sends no more at once than it may", async () => {
    await using server = await startScriptedSmtp({ delayMs: 30 });
    await using _mailer = openMailer(server.port, { concurrency: 3 });
    await Promise.all(Array.from({ length: 15 }, (_, n) => queue(`r${n}@kontor.example`)));
    await expect.poll(() => server.taken.length, SOON).toBe(15);
    expect(server.connectionsMax).toBeLessThanOrEqual(3);
  });

  it("lets alerts go before orders", async () => {
    await using server = await startScriptedSmtp({});
    await queue("order1@kontor.example", { kind: "order" });
    await queue("order2@kontor.example", { kind: "order" });
    await queue("alert@kontor.example");
    await using _mailer = openMailer(server.port, { concurrency: 1 });
    await expect.poll(() => server.taken.length, SOON).toBe(3);
    expect(server.taken[0]).toBe("alert@kontor.example");
  });

  it("shares the work of two instances: nobody gets a mail twice", async () => {
    await using server = await startScriptedSmtp({ delayMs: 5 });
    await Promise.all(Array.from({ length: 30 }, (_, n) => queue(`r${n}@kontor.example`)));
    await using _one = openMailer(server.port, { concurrency: 2 });
    await using _other = openMailer(server.port, { concurrency: 2 });
    await expect.poll(async () => (await readDelivered()).length, SOON).toBe(30);
    expect(new Set(server.taken).size).toBe(server.taken.length);
  });
});

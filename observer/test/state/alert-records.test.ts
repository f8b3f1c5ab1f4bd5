import { openPostgres } from "@kontor/kit/postgres";
import type { TestDatabase } from "@kontor/kit/testing/test-database";
import type { AlertTransition } from "@kontor/observer/alerts/alert";
import { openAlertJournal } from "@kontor/observer/alerts/journal/alert-journal";
import { seedJournal } from "@kontor/observer/alerts/journal/seed-journal";
import { startStateWriter } from "@kontor/observer/alerts/journal/state-writer";
import { parseMatcher } from "@kontor/observer/alerts/matcher";
import { getAlert, listAlerts, upsertAlerts } from "@kontor/observer/state/alerts";
import { listAudit } from "@kontor/observer/state/audit";
import { claimDeliveries, listDeliveries } from "@kontor/observer/state/deliveries";
import { listDeployments, recordDeployment } from "@kontor/observer/state/deployments";
import { loadAlertRecords } from "@kontor/observer/state/load-alert-records";
import { removeOldState } from "@kontor/observer/state/remove-old";
import { listSilences } from "@kontor/observer/state/silences";
import { isRefusedByPostgres, storeAlertRecords } from "@kontor/observer/state/store-alert-records";
import { insertTransitions, listTransitions } from "@kontor/observer/state/transitions";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { notificationOf } from "../alerts/receivers/notification.ts";
import { createInbox, createRecordingLogger, makeFolder, openRoom } from "../alerts/room.ts";
import { latencyRule, startMs, timeMs } from "../alerts/timetable.ts";
import { openStateDatabase } from "./database.ts";

const claim = { owner: "one", leaseSeconds: 600 };
const quick = { forSeconds: 0, keepFiringSeconds: 0 };
let db: TestDatabase;

beforeAll(async () => {
  db = await openStateDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() =>
  db.adminDatabase.query({
    text: "truncate observer.alerts, observer.transitions, observer.deliveries, observer.silences, observer.audit, observer.deployments",
  }),
);

/** A transition as the machine makes it, with what a store must keep whole. */
function transition(service = "core-erp"): AlertTransition {
  const [made] = notificationOf([latencyRule(service)]).transitions;
  return { ...made, alert: { ...made.alert, reason: "why" } };
}

type Room = Awaited<ReturnType<typeof openRoom>>;

async function storeAll(room: Room, owner = "one"): Promise<void> {
  const records = room.journal.listUnstored(1e6);
  await storeAlertRecords(
    db,
    records.map(({ record }) => record),
    { ...claim, owner },
  );
  room.journal.markStored(records.at(-1)?.number ?? 0);
}

describe("alerts and transitions", () => {
  it("an alert is read back whole", async () => {
    const { alert } = transition();
    await upsertAlerts(db, [alert]);
    expect(await getAlert(db, alert.fingerprint)).toEqual(alert);
    expect(await getAlert(db, "0".repeat(16))).toBeUndefined();
  });

  it("an older revision replaces nothing, an equal one does", async () => {
    const { alert } = transition();
    await upsertAlerts(db, [alert, { ...alert, revision: alert.revision - 1, state: "pending" }]);
    await upsertAlerts(db, [{ ...alert, revision: alert.revision - 1, state: "pending" }]);
    expect(await getAlert(db, alert.fingerprint)).toMatchObject({ state: "firing" });
    await upsertAlerts(db, [{ ...alert, traceIds: ["t9"] }]);
    expect(await getAlert(db, alert.fingerprint)).toMatchObject({ traceIds: ["t9"] });
  });

  it("lists newest change first, without inactive ones unless asked", async () => {
    const change = (service: string, state: AlertTransition["to"], sinceMs: number) => ({
      ...transition(service).alert,
      state,
      sinceMs,
    });
    await upsertAlerts(db, [
      change("a", "firing", 1),
      change("b", "resolved", 3),
      change("c", "inactive", 2),
    ]);
    const list = async (filter: object) =>
      (await listAlerts(db, { limit: 10, ...filter })).map(({ subject }) => subject.service);
    expect(await list({})).toEqual(["b", "a"]);
    expect(await list({ states: ["inactive"] })).toEqual(["c"]);
    expect(await list({ service: "a" })).toEqual(["a"]);
    expect(await list({ rule: "other" })).toEqual([]);
    expect(await list({ limit: 1 })).toEqual(["b"]);
  });

  it("a transition is stored once and cannot be changed", async () => {
    const made = transition();
    await insertTransitions(db, [made]);
    await insertTransitions(db, [made, transition("auth")]);
    expect(await listTransitions(db, { fingerprint: made.alert.fingerprint, limit: 10 })).toEqual([made]);
    expect(await listTransitions(db, { fromMs: startMs, toMs: startMs + 1, limit: 10 })).toHaveLength(2);
    expect(await listTransitions(db, { toMs: startMs, limit: 10 })).toEqual([]);
    await expect(db.query({ text: "update observer.transitions set source = 'x'" })).rejects.toThrow(
      /append-only/,
    );
  });
});

describe("the journal in the database", () => {
  it("told twice, it stores everything once", async () => {
    const rule = latencyRule("core-erp", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    const matchers = [parseMatcher("service=other")];
    await room.alerting.createSilence(
      {
        matchers,
        startsAtMs: timeMs("00:00"),
        endsAtMs: timeMs("50:00"),
        createdBy: "ops",
        comment: "known",
      },
      "ops",
    );
    room.say(rule, 620);
    await room.runTo("00:05");
    const records = room.journal.listUnstored(100).map(({ record }) => record);
    await storeAlertRecords(db, records, claim);
    await storeAlertRecords(db, records, claim);
    expect(await listTransitions(db, { limit: 10 })).toHaveLength(1);
    expect(await listAlerts(db, { limit: 10 })).toMatchObject([{ state: "firing", observed: 620 }]);
    expect(await listDeliveries(db, { limit: 10 })).toMatchObject([
      { receiver: "inbox", status: "sent", attempts: 1, kind: "firing" },
    ]);
    expect(await listSilences(db, timeMs("00:05"))).toMatchObject([{ createdBy: "ops", matchers }]);
    expect(await listSilences(db, timeMs("51:00"))).toEqual([]);
    expect(await listAudit(db, 10)).toMatchObject([{ action: "silences.created", actor: "ops" }]);
    const { fingerprint } = room.alerting.listAlerts()[0] ?? { fingerprint: "" };
    expect(await listDeliveries(db, { fingerprint, limit: 10 })).toHaveLength(1);
    expect(await listDeliveries(db, { fingerprint: "0".repeat(16), limit: 10 })).toEqual([]);
  });

  it("a sent mark is not taken back by a late failure", async () => {
    const notification = notificationOf();
    const finished = {
      kind: "delivery",
      notificationId: notification.id,
      receiver: "test",
      atMs: startMs,
      attempts: 1,
    } as const;
    await storeAlertRecords(
      db,
      [
        { kind: "notification", notification },
        { ...finished, outcome: "sent" },
      ],
      claim,
    );
    await storeAlertRecords(db, [{ ...finished, outcome: "failed", error: "late" }], claim);
    expect(await listDeliveries(db, { limit: 10 })).toMatchObject([{ status: "sent", error: undefined }]);
  });

  it("an observer with a new data folder goes on from the database", async () => {
    const rules = [latencyRule("core-erp", quick), latencyRule("auth", { forSeconds: 60 })];
    const [told, waiting] = rules;
    const inbox = createInbox();
    await using room = await openRoom({ rules, receivers: [inbox.receiver] });
    if (!told || !waiting) throw new Error("two rules");
    await room.alerting.createSilence(
      {
        matchers: [parseMatcher("service=x")],
        startsAtMs: timeMs("00:00"),
        endsAtMs: timeMs("50:00"),
        createdBy: "ops",
        comment: "known",
      },
      "ops",
    );
    room.say(told, 620);
    room.say(waiting, 620);
    await room.runTo("00:05");
    await storeAll(room);

    const inboxAfter = createInbox();
    await using next = await openRoom({ rules, receivers: [inboxAfter.receiver] });
    expect(next.journal.isNew).toBe(true);
    const load = () => loadAlertRecords(db, claim, timeMs("00:10"));
    await seedJournal({ journal: next.journal, load, logger: createRecordingLogger().logger });
    await next.kill("00:10");
    next.say(told, 620);
    next.say(waiting, 620);
    await next.runTo("01:00");
    expect(inboxAfter.messages).toEqual(["firing: latencyP95MsMax"]);
    expect(inboxAfter.received[0]?.transitions[0].alert.subject.service).toBe("auth");
    expect(next.alerting.listSilences()).toHaveLength(1);
    next.say(told, 100);
    await next.runTo("01:05");
    expect(inboxAfter.messages.at(-1)).toBe("resolved: latencyP95MsMax");
  });

  it("an observer with a new data folder starts while the database is away, and says so", async () => {
    await using folder = await makeFolder();
    const { logger, lines } = createRecordingLogger();
    await using journal = await openAlertJournal({ directory: folder.path, logger, nowMs: () => startMs });
    await seedJournal({ journal, load: () => Promise.reject(new Error("connection refused")), logger });
    await seedJournal({ journal, load: () => new Promise(() => {}), logger, waitMsMax: 5 });
    expect(lines.map(({ level }) => level)).toEqual(["warn", "warn"]);
  });

  it("pending messages are taken over by one observer, when their owner is gone", async () => {
    const rule = latencyRule("core-erp", quick);
    const inbox = createInbox();
    inbox.fail(new Error("away"));
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:02");
    await storeAll(room);
    expect(await claimDeliveries(db, { owner: "two", leaseSeconds: 60, limit: 10 })).toEqual([]);
    expect(await claimDeliveries(db, { owner: "one", leaseSeconds: 60, limit: 10 })).toHaveLength(1);
    await db.query({ text: "update observer.deliveries set claimed_until = now() - interval '1 second'" });
    // Red when: claimDeliveries of deliveries.ts does not move `claimed_until`
    const claims = await Promise.all(
      ["two", "three", "four"].map((owner) => claimDeliveries(db, { owner, leaseSeconds: 60, limit: 10 })),
    );
    expect(claims.flat()).toHaveLength(1);
  });

  it("what another observer still sends is neither sent nor told again by a new one", async () => {
    const rule = latencyRule("core-erp", quick);
    const inbox = createInbox();
    inbox.fail(new Error("away"));
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:02");
    await storeAll(room);
    const after = createInbox();
    await using next = await openRoom({ rules: [rule], receivers: [after.receiver] });
    await next.journal.seed(await loadAlertRecords(db, { ...claim, owner: "two" }, timeMs("00:10")));
    await next.kill("00:10");
    next.say(rule, 620);
    await next.runTo("00:20");
    expect(after.messages).toEqual([]);
  });

  it("what PostgreSQL refuses is told from what it cannot take now", async () => {
    const made = transition("a\u0000b");
    const refused = await storeAlertRecords(db, [{ kind: "transition", transition: made }], claim).catch(
      (error: unknown) => error,
    );
    expect(isRefusedByPostgres(refused)).toBe(true);
    await using away = openPostgres({ ...db.options, port: 1, applicationName: "test" });
    const unreachable = await storeAlertRecords(
      away,
      [{ kind: "transition", transition: transition() }],
      claim,
    ).catch((error: unknown) => error);
    expect(unreachable).toBeInstanceOf(Error);
    expect(isRefusedByPostgres(unreachable)).toBe(false);
  });

  it("the writer follows the journal through cut connections, in order and once", async () => {
    await using folder = await makeFolder();
    const { logger } = createRecordingLogger();
    await using journal = await openAlertJournal({ directory: folder.path, logger, nowMs: () => startMs });
    await using own = openPostgres({ ...db.options, max: 1, applicationName: "writer-under-test" });
    await using _writer = startStateWriter({
      journal,
      store: (records) => storeAlertRecords(own, records, claim),
      isRefusal: isRefusedByPostgres,
      logger,
      pauseMs: { first: 1, longest: 5 },
    });
    for (let index = 0; index < 20; index++) {
      await journal.append([{ kind: "transition", transition: transition(`service-${index}`) }]);
      if (index % 5 === 0) {
        await db.adminDatabase.query({
          text: "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'writer-under-test'",
        });
      }
    }
    await expect.poll(() => journal.listUnstored(1)).toEqual([]);
    expect(await listTransitions(db, { limit: 100 })).toHaveLength(20);
  });

  it("removes by age, but never what is open or pending", async () => {
    const rules = [latencyRule("open", quick), latencyRule("over", quick)];
    const [open, over] = rules;
    if (!open || !over) throw new Error("two rules");
    const inbox = createInbox();
    await using room = await openRoom({ rules, receivers: [inbox.receiver] });
    room.say(open, 620);
    room.say(over, 620);
    await room.runTo("00:02");
    room.say(over, 100);
    await room.runTo("00:04");
    await storeAll(room);
    const later = timeMs("59:00");
    await removeOldState(db, {
      occurrencesBeforeMs: later,
      transitionsBeforeMs: later,
      deliveriesBeforeMs: later,
      silencesBeforeMs: later,
      reportsBeforeMs: later,
    });
    expect((await listTransitions(db, { limit: 10 })).map(({ alert }) => alert.subject.service)).toEqual([
      "open",
    ]);
  });
});

describe("deployments", () => {
  const deployment = {
    environment: "test",
    namespace: "shop",
    service: "core-erp",
    version: "1.2.3",
    deployedAtMs: startMs,
    announcedBy: undefined,
    note: undefined,
  };

  it("a version is new once, keeps its time, and takes a later announcement", async () => {
    expect(await recordDeployment(db, deployment)).toBe(true);
    expect(
      await recordDeployment(db, {
        ...deployment,
        deployedAtMs: startMs + 1,
        announcedBy: "ci",
        note: "release",
      }),
    ).toBe(false);
    expect(await recordDeployment(db, { ...deployment, announcedBy: "other" })).toBe(false);
    expect(await listDeployments(db, { limit: 10 })).toEqual([
      { ...deployment, announcedBy: "ci", note: "release" },
    ]);
  });

  it("lists newest first, by service", async () => {
    await recordDeployment(db, deployment);
    await recordDeployment(db, { ...deployment, version: "1.2.4", deployedAtMs: startMs + 1 });
    await recordDeployment(db, { ...deployment, service: "auth" });
    const versions = (await listDeployments(db, { service: "core-erp", limit: 10 })).map(
      ({ version }) => version,
    );
    expect(versions).toEqual(["1.2.4", "1.2.3"]);
  });
});

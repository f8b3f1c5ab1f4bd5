import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFile } from "../../checks/repository-files.ts";
import { type CaughtMail, listMails } from "../../clients/mail-client.ts";
import { type AlertView, listAlerts } from "../../clients/observer-client.ts";
import { type SyntheticService, startSyntheticService } from "../../clients/synthetic-service.ts";
import type { System } from "../../start/system.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { eventually } from "../start/eventually.ts";
import { killAndAwait, openTestSystem } from "./running-system.ts";

/** Above the shipped `memoryMbMax`. */
const largeBytes = 900e6;
const forSeconds = 30;
const begunAt = new Date();
const resources = new AsyncDisposableStack();
let system: System;

beforeAll(async () => {
  const folder = resources.use(await openTemporaryFolder("system"));
  const observerConfig = await writePatience(folder.path);
  system = resources.use(await openTestSystem(join(folder.path, "data"), { observerConfig }));
});
afterAll(() => resources.disposeAsync());

/** A service of somebody else's, seen by the observer before anything happens to it. */
async function startWatched(name: string): Promise<SyntheticService> {
  const service = startSyntheticService(system.urls.otlp, name, 1);
  resources.use(service);
  const isSeen = async () => {
    const response = await fetch(`${system.urls.observer}/api/v1/services`).catch(() => undefined);
    return response?.ok && (await response.text()).includes(`"${name}"`);
  };
  await eventually(isSeen, 20_000);
  return service;
}

async function mailsAbout(name: string, isResolved = false): Promise<CaughtMail[]> {
  const mails = await listMails(system.urls.mail, begunAt);
  return mails.filter(
    ({ subject }) => subject.includes(`${name}:`) && /^\[resolved\]/i.test(subject) === isResolved,
  );
}

const arrived = (name: string, isResolved = false) =>
  eventually(async () => (await mailsAbout(name, isResolved)).length > 0, 60_000);

/** The shipped configuration, and a service that may be large for half a minute. */
async function writePatience(folder: string): Promise<string> {
  const { $schema: _, ...shipped } = JSON.parse(readFile("observer_config.json"));
  const patient = { memoryMbMax: { limit: 512, forSeconds } };
  const path = join(folder, "observer_config.json");
  await writeFile(path, JSON.stringify({ ...shipped, services: { ...shipped.services, patient } }));
  return path;
}

async function alertOf(name: string): Promise<AlertView | undefined> {
  const alerts = await listAlerts({ url: system.urls.observer });
  return alerts.find(({ service, rule }) => service === name && rule === "memoryMbMax");
}

const stateOf = async (name: string) => (await alertOf(name))?.state;

describe("an alert that fires", () => {
  // Red when: the observer sends what its journal says is delivered once more after a start.
  it("reaches the mailbox once, whatever is killed meanwhile, and its end is told once", async () => {
    const service = await startWatched("shop");
    service.grow(largeBytes);
    await arrived("shop");
    for (const name of ["observer", "notification", "mail-catcher", "postgres"])
      await killAndAwait(system, name);
    // Alerts that came later are told: so nothing about the first is still on its way.
    const later = await startWatched("warehouse");
    later.grow(largeBytes);
    await arrived("warehouse");
    expect(await stateOf("shop")).toBe("firing");
    service.grow(100e6);
    await arrived("shop", true);
    expect(await mailsAbout("shop")).toHaveLength(1);
    expect(await mailsAbout("shop", true)).toHaveLength(1);
  });

  it("is told although the mail server was away when it fired", async () => {
    const service = await startWatched("till");
    // Stopped, not killed: it takes connections and never answers.
    system.kill("mail-catcher", "SIGSTOP");
    service.grow(largeBytes);
    await eventually(async () => (await stateOf("till")) === "firing", 30_000);
    system.kill("mail-catcher", "SIGCONT");
    await arrived("till");
    expect(await mailsAbout("till")).toHaveLength(1);
  });
});

describe("a `for` clock", () => {
  // Red when: a start forgets since when an alert is pending.
  it("goes on through kill -9 of the observer: the alert fires at most one tick late", async () => {
    const service = await startWatched("patient");
    service.grow(largeBytes);
    const pending = await eventually(async () => {
      const alert = await alertOf("patient");
      return alert?.state === "pending" && alert;
    }, 20_000);
    await killAndAwait(system, "observer");
    expect(await eventually(() => stateOf("patient"), 20_000)).toBe("pending");
    const firing = await eventually(async () => {
      const alert = await alertOf("patient");
      return alert?.state === "firing" && alert;
    }, 60_000);
    const waitedMs = Date.parse(firing.firedAt ?? "") - Date.parse(pending.since);
    expect(waitedMs).toBeGreaterThanOrEqual(forSeconds * 1_000);
    expect(waitedMs).toBeLessThanOrEqual((forSeconds + 1) * 1_000);
  });
});

describe("a silence", () => {
  it("survives kill -9 of the observer and of PostgreSQL", async () => {
    const service = await startWatched("lab");
    const silence = {
      matchers: [{ name: "service", value: "lab", isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: "somebody",
      comment: "being rebuilt",
    };
    const headers = { "content-type": "application/json" };
    const url = `${system.urls.observer}/api/v2/silences`;
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(silence) });
    expect(answer.status).toBe(200);
    await killAndAwait(system, "observer");
    await killAndAwait(system, "postgres");
    service.grow(largeBytes);
    await eventually(async () => (await stateOf("lab")) === "firing", 30_000);
    const other = await startWatched("office");
    other.grow(largeBytes);
    await arrived("office");
    expect(await mailsAbout("lab")).toEqual([]);
  });
});

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Explanation } from "@kontor/observer/alerts/alert-machine";
import { type Alerting, createAlerting } from "@kontor/observer/alerts/alerting";
import type { Notification } from "@kontor/observer/alerts/delivery/notification";
import type { SendQueueSettings } from "@kontor/observer/alerts/delivery/send-queue";
import type { DeliverySettings } from "@kontor/observer/alerts/delivery/stage";
import { type AlertJournal, openAlertJournal } from "@kontor/observer/alerts/journal/alert-journal";
import { journalPath } from "@kontor/observer/alerts/journal/journal-file";
import type { Receiver } from "@kontor/observer/alerts/receivers/receiver";
import type { Rule, Verdict } from "@kontor/observer/rules/verdict";
import { timeMs, verdictOf } from "./timetable.ts";

/** What was logged, by level. */
export function createRecordingLogger() {
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const at = (level: string) => (fields: unknown, message?: unknown) => {
    lines.push({ level, fields: fields as Record<string, unknown>, message: String(message ?? fields) });
  };
  const logger = { info: at("info"), warn: at("warn"), error: at("error") };
  return {
    lines,
    logger: logger as never as Parameters<typeof openAlertJournal>[0]["logger"] & typeof logger,
  };
}

/** A receiver that takes everything, or fails as long as it is told to. */
export function createInbox(name = "inbox") {
  const received: Notification[] = [];
  const failures: unknown[] = [];
  let failWith: unknown;
  const receiver: Receiver = {
    name,
    async send(notification) {
      if (failWith !== undefined) {
        failures.push(notification.id);
        throw failWith;
      }
      received.push(notification);
    },
  };
  return {
    receiver,
    received,
    failures,
    fail(error: unknown) {
      failWith = error;
    },
    /** `firing: latencyP95MsMax+cpuRatioMax` for each message. */
    get messages() {
      return received.map(
        ({ kind, transitions }) => `${kind}: ${transitions.map(({ alert }) => alert.rule).join("+")}`,
      );
    },
  };
}

export const everySeverity = ["info", "warning", "critical"] as const;

export function settingsFor(
  receivers: readonly Receiver[],
  overrides: Partial<DeliverySettings> = {},
): DeliverySettings {
  return {
    receivers: receivers.map(({ name }) => ({
      name,
      severities: everySeverity,
      repeatIntervalSeconds: 14_400,
    })),
    dependsOn: new Map(),
    groupIntervalSeconds: 2,
    explainWithinSeconds: 60,
    ...overrides,
  };
}

export interface RoomOptions {
  readonly rules: readonly Rule[];
  readonly receivers: readonly Receiver[];
  readonly settings?: Partial<DeliverySettings>;
  readonly explain?: (about: { readonly rule: string }, atMs: number) => Explanation;
  readonly queue?: Partial<SendQueueSettings>;
  readonly compactAtBytes?: number;
}

export async function makeFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "kontor-alerts-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * The whole room on a folder of its own, driven by a timetable: rules say what they were told to say, every second is a tick. `kill`
 * leaves everything in memory and on its way behind, and starts anew with what the disk held at that moment.
 */
export async function openRoom(options: RoomOptions) {
  const folders = [await makeFolder()];
  const leftBehind: AsyncDisposable[] = [];
  const folder = () => folders.at(-1)?.path ?? "";
  const { lines, logger } = createRecordingLogger();
  const verdicts = new Map<Rule, Verdict>(options.rules.map((rule) => [rule, verdictOf(rule, 0)]));
  let now = timeMs("00:00");
  let lastTick: number | undefined;
  let journal: AlertJournal;
  let alerting: Alerting;
  let overrides = options.settings ?? {};

  const start = async () => {
    journal = await openAlertJournal({
      directory: folder(),
      logger,
      nowMs: () => now,
      ...(options.compactAtBytes === undefined ? {} : { compactAtBytes: options.compactAtBytes }),
    });
    alerting = createAlerting({
      journal,
      receivers: options.receivers,
      settings: () => settingsFor(options.receivers, overrides),
      ...(options.explain === undefined ? {} : { explain: options.explain }),
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      clock: { nowMs: () => now, monotonicMs: () => now },
      logger,
    });
  };
  await start();

  const tick = async (atMs: number) => {
    now = lastTick = atMs;
    await alerting.tick({
      atMs,
      verdicts: options.rules.map((rule) => ({
        rule,
        verdict: verdicts.get(rule) ?? { state: "noData", subject: rule.subject },
      })),
      configurationHash: "one",
      source: "stream",
    });
  };

  return {
    get folder() {
      return folder();
    },
    lines,
    get alerting() {
      return alerting;
    },
    get journal() {
      return journal;
    },
    say(rule: Rule, value: number | "noData" | "error") {
      if (value === "noData") verdicts.set(rule, { state: "noData", subject: rule.subject });
      else if (value === "error")
        verdicts.set(rule, { state: "error", subject: rule.subject, reason: "no answer" });
      else verdicts.set(rule, verdictOf(rule, value));
    },
    configure(next: Partial<DeliverySettings>) {
      overrides = next;
    },
    /** Ticks every second up to and with the time, and waits until nothing is on its way. */
    async runTo(text: string) {
      const atMs = timeMs(text);
      if (lastTick === undefined) {
        await tick(now);
        await alerting.whenQuiet();
      }
      while (lastTick !== undefined && lastTick + 1000 < atMs) {
        await tick(lastTick + 1000);
        await alerting.whenQuiet();
      }
      if (lastTick !== atMs) await tick(atMs);
      await alerting.whenQuiet();
    },
    /** One tick at the time, waiting for nobody. */
    tickAt: (text: string) => tick(timeMs(text)),
    async kill(restartAt: string) {
      const next = await makeFolder();
      await copyFile(journalPath(folder()), journalPath(next.path));
      folders.push(next);
      leftBehind.push(alerting, journal);
      lastTick = undefined;
      now = timeMs(restartAt);
      await start();
    },
    async [Symbol.asyncDispose]() {
      await alerting[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();
      for (const one of leftBehind) await one[Symbol.asyncDispose]();
      for (const one of folders) await one[Symbol.asyncDispose]();
    },
  };
}

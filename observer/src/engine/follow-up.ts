import type { Logger } from "@kontor/kit/logger";
import type { Configuration } from "../config/configuration.ts";
import { changeGraceMs } from "../reports/effect.ts";
import {
  decideFollowUp,
  type FollowUpAnswer,
  type FollowUpQuestion,
  type FollowUpSettings,
  planFollowUp,
} from "../reports/follow-up.ts";
import type { ReportSources } from "../reports/report-input.ts";
import type { TrackedFinding } from "../reports/tracked-finding.ts";
import { advanceFinding, noteVersionsOfApplications } from "../state/change-findings.ts";
import { listDeployments } from "../state/deployments.ts";
import { listFindings } from "../state/findings.ts";
import type { State } from "./open-state.ts";
import type { ServiceRegister } from "./service-register.ts";

export interface FollowUpOptions {
  readonly state: Pick<State, "run" | "isReady">;
  readonly sources: Pick<ReportSources, "measureWindows" | "countOccurrences">;
  readonly register: Pick<ServiceRegister, "list">;
  readonly configuration: () => Pick<Configuration, "findings" | "traceBuffer">;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, "info" | "warn">;
}

export interface FollowUps extends AsyncDisposable {
  /** Looks once at what is due. Told by a timer every minute; tests call it themselves. */
  run(): Promise<void>;
}

const everyMs = 60_000;
/** A finding that stays as it is is looked at again after so long. */
const againAfterMs = 300_000;
const listedMax = 200;
const atOnceMax = 20;
const deploymentsMax = 1_000;
/** Between the last span of a trace and its finding in the database. */
const storedWithinMs = 10_000;

/** Follows findings that do not occur any more: from open over applied to validated or resolved. */
export function startFollowUps(options: FollowUpOptions): FollowUps {
  const { state, logger } = options;
  const lookedAtMs = new Map<string, number>();
  let running: Promise<void> = Promise.resolve();

  const run = async (): Promise<void> => {
    if (!state.isReady) return;
    await state.run(noteVersionsOfApplications);
    const nowMs = options.nowMs();
    const due = await listDue(options, lookedAtMs, nowMs);
    if (due.length > 0) await followAll(options, due, nowMs);
  };
  const runSafely = (): Promise<void> => {
    running = running
      .then(run)
      .catch((error) =>
        logger.warn({ error }, "findings cannot be followed up; they are tried again in a minute"),
      );
    return running;
  };
  const timer = setInterval(() => void runSafely(), everyMs);
  return {
    run: runSafely,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}

/** What has not been seen for a while, the one that waits longest first. */
async function listDue(
  { state }: FollowUpOptions,
  lookedAtMs: Map<string, number>,
  nowMs: number,
): Promise<TrackedFinding[]> {
  const findings = await state.run((db) =>
    listFindings(db, {
      states: ["open", "reopened", "acknowledged", "applied"],
      lastSeenBeforeMs: nowMs - changeGraceMs,
      limit: listedMax,
    }),
  );
  const listed = new Set(findings.map(({ fingerprint }) => fingerprint));
  for (const fingerprint of lookedAtMs.keys()) if (!listed.has(fingerprint)) lookedAtMs.delete(fingerprint);
  const lastOf = ({ fingerprint }: TrackedFinding): number => lookedAtMs.get(fingerprint) ?? 0;
  const due = findings
    .filter((finding) => nowMs - lastOf(finding) >= againAfterMs)
    .toSorted((a, b) => lastOf(a) - lastOf(b))
    .slice(0, atOnceMax);
  for (const { fingerprint } of due) lookedAtMs.set(fingerprint, nowMs);
  return due;
}

async function followAll(
  options: FollowUpOptions,
  findings: readonly TrackedFinding[],
  nowMs: number,
): Promise<void> {
  const { state, sources, register, logger } = options;
  const deployments = await state.run((db) => listDeployments(db, { limit: deploymentsMax }));
  const settings = toSettings(options.configuration());
  const services = register.list();
  const planned = findings.flatMap((finding) => {
    const places = services.filter(({ service }) => service === finding.service);
    const question = planFollowUp(finding, deployments, places, nowMs, settings);
    return question === undefined ? [] : [{ finding, question }];
  });
  const answers = await ask(sources, planned);
  for (const [at, { finding, question }] of planned.entries()) {
    const answer = answers[at];
    const followUp = answer && decideFollowUp(finding, question, answer, nowMs, settings);
    if (followUp === undefined || !(await state.run((db) => advanceFinding(db, finding, followUp)))) continue;
    const { fingerprint, title, service } = finding;
    const version = followUp.applied?.version;
    logger.info(
      { fingerprint, service, state: followUp.state, version },
      `finding ${followUp.state}: ${title}`,
    );
  }
}

function toSettings({
  findings,
  traceBuffer,
}: Pick<Configuration, "findings" | "traceBuffer">): FollowUpSettings {
  return {
    quietMs: findings.quietSeconds * 1000,
    goneChanceMax: findings.goneChanceMax,
    settledMs: traceBuffer.ageMsMax + storedWithinMs,
  };
}

/** All in two questions: one to the store, one to the database. */
async function ask(
  sources: FollowUpOptions["sources"],
  planned: readonly { readonly question: FollowUpQuestion }[],
): Promise<FollowUpAnswer[]> {
  if (planned.length === 0) return [];
  const [measures, counts] = await Promise.all([
    sources.measureWindows(
      planned.flatMap(({ question }) => question.windows.flatMap(({ before, after }) => [before, after])),
    ),
    sources.countOccurrences(planned.flatMap(({ question }) => question.occurrences)),
  ]);
  const none = { requests: 0, quantilesMs: [] };
  let place = 0;
  return planned.map(({ question }, at) => ({
    measures: question.windows.map(() => {
      const [before = none, after = none] = measures.slice(place, place + 2);
      place += 2;
      return { before, after };
    }),
    occurrences: [counts[at * 2] ?? 0, counts[at * 2 + 1] ?? 0],
  }));
}

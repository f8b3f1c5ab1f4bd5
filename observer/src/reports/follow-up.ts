import type { RequestWindow, WindowMeasure } from "../store/endpoint-history.ts";
import {
  changeGraceMs,
  chooseChange,
  effectRequestsMin,
  type Side,
  toMeasuredEffect,
  toSides,
} from "./effect.ts";
import type { EffectChange, OccurrenceWindow, Place, ReportedDeployment } from "./report-input.ts";
import type { Applied, FindingStep, TrackedFinding } from "./tracked-finding.ts";

export interface FollowUpSettings {
  /** How long a finding must not have been seen before that alone says it is over. */
  readonly quietMs: number;
  /** How likely it may be at most that it only happens not to show. */
  readonly goneChanceMax: number;
  /** After so long a request has been diagnosed. */
  readonly settledMs: number;
}

/** What has to be counted to know whether a finding is gone. */
export interface FollowUpQuestion {
  /** Around what; undefined where it has only not been seen for long. */
  readonly change: EffectChange | undefined;
  readonly before: Side;
  readonly after: Side;
  /** Requests before and after, place by place. */
  readonly windows: readonly { readonly before: RequestWindow; readonly after: RequestWindow }[];
  readonly occurrences: readonly [before: OccurrenceWindow, after: OccurrenceWindow];
}

export interface FollowUpAnswer {
  /** In the order of `windows`. */
  readonly measures: readonly { readonly before: WindowMeasure; readonly after: WindowMeasure }[];
  /** Traces that showed it. */
  readonly occurrences: readonly [before: number, after: number];
}

/** The next state of a finding, and what is to be remembered of the way there. */
export interface FollowUp {
  readonly atMs: number;
  readonly state: "applied" | "validated" | "resolved";
  readonly applied: Applied | undefined;
  readonly effect: TrackedFinding["effect"];
  readonly steps: readonly FindingStep[];
}

const dayMs = 86_400_000;

/**
 * What to count for a finding that has not been seen for a while: around what was done about it, else around the first version in which
 * it was not seen, else around the time it was seen last.
 *
 * @param places where its service was heard of
 * @returns undefined while it is too early to ask, and for background work, which has no requests to count
 */
export function planFollowUp(
  finding: TrackedFinding,
  deployments: readonly ReportedDeployment[],
  places: readonly Place[],
  nowMs: number,
  settings: FollowUpSettings,
): FollowUpQuestion | undefined {
  const { service, route, fingerprint, lastSeenMs } = finding;
  const untilMs = nowMs - settings.settledMs;
  const change = chooseChange(finding, deployments, places[0], untilMs);
  const isSince = change !== undefined && change.atMs + changeGraceMs >= lastSeenMs;
  if (route === undefined || (!isSince && nowMs - lastSeenMs < settings.quietMs)) return undefined;
  const sides = isSince
    ? toSides(change, deployments, untilMs)
    : {
        before: { fromMs: lastSeenMs - dayMs, toMs: lastSeenMs + 1, version: undefined },
        after: { fromMs: lastSeenMs + 1, toMs: untilMs, version: undefined },
      };
  const asked = isSince ? [change] : places;
  const windowOf = ({ fromMs, toMs, version }: Side, { environment, namespace }: Place): RequestWindow => {
    return { environment, namespace, service, route, fromMs: Math.max(0, fromMs), toMs, version };
  };
  return {
    change: isSince ? change : undefined,
    ...sides,
    windows: asked.map((place) => ({
      before: windowOf(sides.before, place),
      after: windowOf(sides.after, place),
    })),
    occurrences: [
      { fingerprint, fromMs: sides.before.fromMs, toMs: sides.before.toMs },
      { fingerprint, fromMs: sides.after.fromMs + (isSince ? changeGraceMs : 0), toMs: nowMs },
    ],
  };
}

/**
 * Whether a finding that occurred in so many of so many requests before would have shown by now: the chance that as many requests as
 * there were since go by without it, were it still there, is at most `goneChanceMax`.
 */
export function isGone({ measures, occurrences }: FollowUpAnswer, goneChanceMax: number): boolean {
  const [seenBefore, seenAfter] = occurrences;
  const before = measures.reduce((sum, one) => sum + one.before.requests, 0);
  const after = measures.reduce((sum, one) => sum + one.after.requests, 0);
  if (seenBefore === 0 || seenAfter > 0 || before === 0 || after < effectRequestsMin) return false;
  // Nobody knows in which place it occurred: none may have fallen silent meanwhile.
  const isAskedEverywhere = measures.every(
    (one) => one.after.requests >= Math.min(effectRequestsMin, one.before.requests),
  );
  const share = Math.min(1, seenBefore / before);
  return isAskedEverywhere && (1 - share) ** after <= goneChanceMax;
}

/** @returns undefined where the finding stays as it is for now */
export function decideFollowUp(
  finding: TrackedFinding,
  question: FollowUpQuestion,
  answer: FollowUpAnswer,
  nowMs: number,
  settings: FollowUpSettings,
): FollowUp | undefined {
  if (!isGone(answer, settings.goneChanceMax)) return undefined;
  const { change } = question;
  const isQuiet = nowMs - finding.lastSeenMs >= settings.quietMs;
  const step = (state: FollowUp["state"], details: Partial<FindingStep> = {}): FindingStep => ({
    ...{ atMs: nowMs, state, actor: undefined, version: undefined, note: undefined, effect: undefined },
    ...details,
  });
  const [measure] = answer.measures;
  if (change === undefined || measure === undefined) {
    const { applied } = finding;
    return { atMs: nowMs, state: "resolved", applied, effect: undefined, steps: [step("resolved")] };
  }
  const effect = toMeasuredEffect({
    change,
    before: question.before,
    after: question.after,
    beforeAnswer: { measure: measure.before, occurrences: answer.occurrences[0] },
    afterAnswer: { measure: measure.after, occurrences: answer.occurrences[1] },
  });
  const { version } = change;
  const applied = finding.applied ?? { atMs: change.atMs, version, by: undefined, note: undefined };
  const isNew = finding.state !== "applied";
  const noticed = isNew ? [step("applied", { version })] : [];
  const isMeasured = effect.verdict !== "not enough data" && effect.verdict !== "slower";
  if (isMeasured || isQuiet) {
    const state = isMeasured ? "validated" : "resolved";
    return { atMs: nowMs, state, applied, effect, steps: [...noticed, step(state, { version, effect })] };
  }
  return isNew ? { atMs: nowMs, state: "applied", applied, effect: undefined, steps: noticed } : undefined;
}

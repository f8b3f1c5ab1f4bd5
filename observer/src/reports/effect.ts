import { type WindowMeasure, windowShares } from "../store/endpoint-history.ts";
import type { EffectAnswer, EffectChange, Place, ReportedDeployment, SideAnswer } from "./report-input.ts";
import type { EffectSide, MeasuredEffect } from "./report-schema.ts";
import type { TrackedFinding } from "./tracked-finding.ts";

/** Fewer requests on one side say nothing that would hold. */
export const effectRequestsMin = 50;
/** A difference that is certain and yet smaller than this is not worth a word. */
const changeRatioMin = 0.05;
const dayMs = 86_400_000;
/** Requests under way at a change may be diagnosed so long after it. */
export const changeGraceMs = 120_000;
const z95 = 1.96;

type Move = "less" | "more" | "same";

/**
 * The deployment that a finding is measured around: the first one after which it was not seen any more; while it is still seen, the
 * newest since it was first seen. Undefined where there is none.
 *
 * @param deployments of every service, in any order
 */
export function chooseDeployment(
  finding: Pick<TrackedFinding, "service" | "firstSeenMs" | "lastSeenMs">,
  deployments: readonly ReportedDeployment[],
  toMs: number,
): ReportedDeployment | undefined {
  const own = deployments
    .filter(({ service, deployedAtMs }) => service === finding.service && deployedAtMs < toMs)
    .filter(({ deployedAtMs }) => deployedAtMs > finding.firstSeenMs)
    .toSorted((a, b) => a.deployedAtMs - b.deployedAtMs);
  return own.find(({ deployedAtMs }) => deployedAtMs + changeGraceMs >= finding.lastSeenMs) ?? own.at(-1);
}

/**
 * What a finding is measured around: what somebody said was done about it, else the deployment of `chooseDeployment`. Undefined where
 * there is neither, or where what was done has not taken effect.
 *
 * @param place where requests of the finding's route are known; undefined where none are
 */
export function chooseChange(
  finding: TrackedFinding,
  deployments: readonly ReportedDeployment[],
  place: Place | undefined,
  toMs: number,
): EffectChange | undefined {
  const { applied, service } = finding;
  if (applied === undefined) {
    const deployment = chooseDeployment(finding, deployments, toMs);
    return deployment === undefined ? undefined : fromDeployment(deployment);
  }
  const { atMs, version, by } = applied;
  if (atMs === undefined || atMs >= toMs) return undefined;
  const own = deployments.filter((one) => one.service === service);
  const deployment = version === undefined ? undefined : own.find((one) => one.version === version);
  const where = deployment ?? place ?? own[0];
  if (where === undefined) return undefined;
  const { environment, namespace } = where;
  return { environment, namespace, service, version: deployment?.version, atMs, by };
}

function fromDeployment({
  environment,
  namespace,
  service,
  version,
  deployedAtMs,
  announcedBy,
}: ReportedDeployment): EffectChange {
  return { environment, namespace, service, version, atMs: deployedAtMs, by: announcedBy };
}

/**
 * The times before and after a change: each at most a day, and no further than the neighbouring deployments of the same service.
 */
export function toSides(
  change: EffectChange,
  deployments: readonly ReportedDeployment[],
  toMs: number,
): { before: Side; after: Side } {
  const { atMs, version } = change;
  const own = deployments
    .filter(({ service, environment, namespace }) => {
      return (
        service === change.service && environment === change.environment && namespace === change.namespace
      );
    })
    .toSorted((a, b) => a.deployedAtMs - b.deployedAtMs);
  const previous = own.findLast((one) => one.deployedAtMs < atMs);
  const next = own.find((one) => one.deployedAtMs > atMs);
  return {
    before: {
      fromMs: Math.max(atMs - dayMs, previous?.deployedAtMs ?? 0),
      toMs: atMs,
      // A change without a version is measured within one, or over all.
      version: previous?.version,
    },
    after: {
      fromMs: atMs,
      toMs: Math.min(atMs + dayMs, next?.deployedAtMs ?? toMs, toMs),
      version: version ?? previous?.version,
    },
  };
}

export interface Side {
  readonly fromMs: number;
  readonly toMs: number;
  readonly version: string | undefined;
}

/** What a change brought for the requests that a finding is about. */
export function toMeasuredEffect(
  answer: Pick<EffectAnswer, "change" | "beforeAnswer" | "afterAnswer"> & {
    readonly before: Side;
    readonly after: Side;
  },
): MeasuredEffect {
  const before = toSide(answer.before, answer.beforeAnswer);
  const after = toSide(answer.after, answer.afterAnswer);
  const isEnough = before.requests >= effectRequestsMin && after.requests >= effectRequestsMin;
  const changes = [toMove(before.medianMs, after.medianMs), toMove(before.p95Ms, after.p95Ms)];
  return {
    verdict: isEnough ? toVerdict(changes) : "not enough data",
    isGone: after.requests >= effectRequestsMin && before.occurrences > 0 && after.occurrences === 0,
    version: answer.change.version ?? null,
    deployedAt: toIso(answer.change.atMs),
    announcedBy: answer.change.by ?? null,
    before,
    after,
  };
}

function toSide(side: Side, { measure, occurrences }: SideAnswer): EffectSide {
  return {
    from: toIso(side.fromMs),
    to: toIso(side.toMs),
    version: side.version ?? null,
    requests: measure.requests,
    occurrences,
    medianMs: toFigure(measure, 0.5),
    p95Ms: toFigure(measure, 0.95),
  };
}

/**
 * A quantile with the bounds that the true one lies between at 95 % confidence, whatever the distribution.
 *
 * @source order statistics, normal approximation of the binomial: Conover, Practical Nonparametric Statistics, 3.2
 */
export function toFigure(measure: WindowMeasure, share: number): EffectSide["medianMs"] {
  if (measure.requests === 0 || measure.quantilesMs.length === 0) return null;
  const spread = z95 * Math.sqrt((share * (1 - share)) / measure.requests);
  return {
    value: quantileAt(measure.quantilesMs, share),
    low: quantileAt(measure.quantilesMs, share - spread),
    high: quantileAt(measure.quantilesMs, share + spread),
  };
}

/** Between the shares that were measured in a straight line; beyond the outermost, the outermost. */
function quantileAt(quantilesMs: readonly number[], share: number): number {
  const place = Math.min(Math.max(share * (windowShares.length + 1) - 1, 0), quantilesMs.length - 1);
  const below = quantilesMs[Math.floor(place)] ?? 0;
  const above = quantilesMs[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

function toMove(before: EffectSide["medianMs"], after: EffectSide["medianMs"]): Move {
  if (before === null || after === null) return "same";
  if (Math.abs(after.value - before.value) < changeRatioMin * before.value) return "same";
  if (after.high < before.low) return "less";
  return after.low > before.high ? "more" : "same";
}

function toVerdict(changes: readonly Move[]): MeasuredEffect["verdict"] {
  const isLess = changes.includes("less");
  const isMore = changes.includes("more");
  if (isLess && isMore) return "mixed";
  if (isLess) return "faster";
  return isMore ? "slower" : "unchanged";
}

export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

import { type WindowMeasure, windowShares } from "../store/endpoint-history.ts";
import type { EffectAnswer, ReportedDeployment, ReportedFinding, SideAnswer } from "./report-input.ts";
import type { EffectSide, MeasuredEffect } from "./report-schema.ts";

/** Fewer requests on one side say nothing that would hold. */
export const effectRequestsMin = 50;
/** A difference that is certain and yet smaller than this is not worth a word. */
const changeRatioMin = 0.05;
const dayMs = 86_400_000;
/** Requests under way at a deployment may be diagnosed so long after it. */
const graceMs = 120_000;
const z95 = 1.96;

type Change = "less" | "more" | "same";

/**
 * The deployment that a finding is measured around: the first one after which it was not seen any more; while it is still seen, the
 * newest since it was first seen. Undefined where there is none.
 *
 * @param deployments of every service, in any order
 */
export function chooseDeployment(
  { finding }: ReportedFinding,
  deployments: readonly ReportedDeployment[],
  toMs: number,
): ReportedDeployment | undefined {
  const own = deployments
    .filter(({ service, deployedAtMs }) => service === finding.service && deployedAtMs < toMs)
    .filter(({ deployedAtMs }) => deployedAtMs > finding.firstSeenMs)
    .toSorted((a, b) => a.deployedAtMs - b.deployedAtMs);
  return own.find(({ deployedAtMs }) => deployedAtMs + graceMs >= finding.lastSeenMs) ?? own.at(-1);
}

/**
 * The times before and after a deployment: each at most a day, and no further than the neighbouring deployments of the same service.
 */
export function toSides(
  deployment: ReportedDeployment,
  deployments: readonly ReportedDeployment[],
  toMs: number,
): { before: Side; after: Side } {
  const { deployedAtMs, version } = deployment;
  const own = deployments
    .filter(({ service, environment, namespace }) => {
      return (
        service === deployment.service &&
        environment === deployment.environment &&
        namespace === deployment.namespace
      );
    })
    .toSorted((a, b) => a.deployedAtMs - b.deployedAtMs);
  const previous = own.findLast((one) => one.deployedAtMs < deployedAtMs);
  const next = own.find((one) => one.deployedAtMs > deployedAtMs);
  return {
    before: {
      fromMs: Math.max(deployedAtMs - dayMs, previous?.deployedAtMs ?? 0),
      toMs: deployedAtMs,
      version: previous?.version,
    },
    after: {
      fromMs: deployedAtMs,
      toMs: Math.min(deployedAtMs + dayMs, next?.deployedAtMs ?? toMs, toMs),
      version,
    },
  };
}

interface Side {
  readonly fromMs: number;
  readonly toMs: number;
  readonly version: string | undefined;
}

/** What a deployment changed for the requests that a finding is about. */
export function toMeasuredEffect(answer: EffectAnswer): MeasuredEffect {
  const before = toSide(answer.before, answer.beforeAnswer);
  const after = toSide(answer.after, answer.afterAnswer);
  const isEnough = before.requests >= effectRequestsMin && after.requests >= effectRequestsMin;
  const changes = [toChange(before.medianMs, after.medianMs), toChange(before.p95Ms, after.p95Ms)];
  return {
    verdict: isEnough ? toVerdict(changes) : "not enough data",
    isGone: after.requests >= effectRequestsMin && before.occurrences > 0 && after.occurrences === 0,
    version: answer.deployment.version,
    deployedAt: toIso(answer.deployment.deployedAtMs),
    announcedBy: answer.deployment.announcedBy ?? null,
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

function toChange(before: EffectSide["medianMs"], after: EffectSide["medianMs"]): Change {
  if (before === null || after === null) return "same";
  if (Math.abs(after.value - before.value) < changeRatioMin * before.value) return "same";
  if (after.high < before.low) return "less";
  return after.low > before.high ? "more" : "same";
}

function toVerdict(changes: readonly Change[]): MeasuredEffect["verdict"] {
  const isLess = changes.includes("less");
  const isMore = changes.includes("more");
  if (isLess && isMore) return "mixed";
  if (isLess) return "faster";
  return isMore ? "slower" : "unchanged";
}

export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

import type { DetectorName } from "../diagnosis/finding.ts";
import { formatMs } from "../diagnosis/texts.ts";
import {
  formatChange,
  formatCount,
  formatDuration,
  formatInstant,
  formatShare,
  formatValue,
  many,
} from "./report-formats.ts";
import type {
  Bottleneck,
  BottleneckState,
  Breach,
  EffectSide,
  MeasuredEffect,
  OptimisationReport,
} from "./report-schema.ts";

const detectorLabels: Record<DetectorName, string> = {
  "n-plus-one-sql": "N+1 SQL",
  "repeating-sequence": "Repeating sequence",
  "redundant-sql": "Redundant SQL",
  "n-plus-one-http": "N+1 HTTP",
  "slow-sql": "Slow SQL",
  "serial-calls": "Serial calls",
  "chatty-calls": "Chatty calls",
  "large-payload": "Large payload",
  "slowdown-source": "Slowdown",
};

export function labelDetector(detector: string): string {
  return Object.hasOwn(detectorLabels, detector) ? detectorLabels[detector as DetectorName] : detector;
}

/** `open since 21 Sep 2026, 14:13`, `acknowledged by Ada until 1 Oct 2026, 08:00: after the migration`, `applied with version 1.5.0` */
export function describeState({ state }: Bottleneck): string {
  const { name, since, acknowledgedBy, reason, until, applied } = state;
  if (applied !== null) return `${name} since ${formatInstant(since)}: ${describeApplied(applied)}`;
  if (acknowledgedBy === null) return `${name} since ${formatInstant(since)}`;
  const why = reason === null || reason === "" ? "" : `: ${reason}`;
  const end = until === null ? "" : ` until ${formatInstant(until)}`;
  return `${name} by ${acknowledgedBy}${end}${why}`;
}

/** `done with version 1.5.0, as Ada said: the lines are read at once` */
function describeApplied({ version, at, by, note }: NonNullable<BottleneckState["applied"]>): string {
  const how = version === null ? "done" : `done with version ${version}`;
  const when = at === null ? ", which was not seen yet" : "";
  const who = by === null ? "" : `, as ${by} said`;
  return `${how}${when}${who}${note === null || note === "" ? "" : `: ${note}`}`;
}

/** `version 1.5.0`, `what was done on 21 Sep 2026, 14:13` */
export function describeChange({
  version,
  deployedAt,
}: Pick<MeasuredEffect, "version" | "deployedAt">): string {
  return version === null ? `what was done on ${formatInstant(deployedAt)}` : `version ${version}`;
}

export function describeWhere({ service, endpoint }: { service: string; endpoint: string | null }): string {
  return endpoint === null ? `${service}, background work` : `${endpoint} in ${service}`;
}

/** `3.2 h lost in 1,234 traces, 52 an hour; 38 % of all time of the endpoint` */
export function describeImpact({ impact }: Bottleneck): string {
  const { occurrences, lostMs, occurrencesPerHour, shareOfEndpointTime } = impact;
  if (occurrences === 0) return "not seen in this period";
  const rate = occurrencesPerHour >= 1 ? `, ${formatCount(occurrencesPerHour)} an hour` : "";
  const share =
    shareOfEndpointTime === null ? "" : `; ${formatShare(shareOfEndpointTime)} of all time of the endpoint`;
  return `${formatDuration(lostMs)} lost in ${many(occurrences, "trace")}${rate}${share}`;
}

export function describeExpected({ expectedEffect, impact }: Bottleneck): string {
  const { perRequestMs, inPeriodMs } = expectedEffect;
  if (perRequestMs <= 0) return "no gain could be computed";
  const whole = impact.occurrences > 0 ? `, ${formatDuration(inPeriodMs)} in a period like this` : "";
  return `about ${formatMs(perRequestMs)} less for each affected request${whole}`;
}

/** What the deployment brought, in one sentence. */
export function describeEffect({
  measuredEffect: effect,
  unmeasured,
  service,
}: Pick<Bottleneck, "measuredEffect" | "unmeasured" | "service">): string {
  if (effect === null) {
    if (unmeasured === "background work") return "not measured: background work has no requests to compare";
    if (unmeasured === "not among the costliest")
      return "not measured: only the costliest findings of a period are";
    return `nothing to measure: ${service} was not deployed since it was first seen`;
  }
  const { before, after, verdict } = effect;
  const counts = `${formatCount(before.requests)} requests before, ${formatCount(after.requests)} after`;
  if (verdict === "not enough data") return `not enough data around ${describeChange(effect)}: ${counts}`;
  const what = {
    faster: "faster",
    slower: "slower",
    mixed: "faster in one figure and slower in the other",
    unchanged: "no change that can be told from noise",
  }[verdict];
  const seen = effect.isGone
    ? "; not seen any more"
    : `; seen in ${formatCount(after.occurrences)} of ${formatCount(after.requests)} requests, before in ${formatCount(before.occurrences)} of ${formatCount(before.requests)}`;
  const figures = `median ${describeStep(before.medianMs, after.medianMs)}, p95 ${describeStep(before.p95Ms, after.p95Ms)}`;
  return `with ${describeChange(effect)} ${what}: ${figures} (${counts})${seen}`;
}

function describeStep(before: EffectSide["medianMs"], after: EffectSide["medianMs"]): string {
  if (before === null || after === null) return "unknown";
  return `${formatMs(before.value)} to ${formatMs(after.value)} (${formatChange(before.value, after.value)})`;
}

/** `412 ms (405 ms to 420 ms)` */
export function describeFigure(figure: EffectSide["medianMs"]): string {
  if (figure === null) return "–";
  return `${formatMs(figure.value)} (${formatMs(figure.low)} to ${formatMs(figure.high)})`;
}

/** `812 ms, limit at most 500 ms` as two texts. */
export function describeObserved({ observed, limit, bound, unit, kind }: Breach): {
  observed: string;
  limit: string;
} {
  const shown = kind === "breach" && observed !== null ? formatValue(observed, unit) : "–";
  return { observed: shown, limit: `${bound === "max" ? "\u2264" : "\u2265"} ${formatValue(limit, unit)}` };
}

export function describeDuration({ durationMs, ended, relapses, kind }: Breach): string {
  const lasting = ended === null ? ", lasting" : "";
  const again = relapses > 0 ? `, ${many(relapses, "relapse")}` : "";
  return `${kind === "breach" ? "" : `${kind}: `}${formatDuration(durationMs)}${lasting}${again}`;
}

/** The key figures at the top. */
export function listKeyFigures({ totals }: OptimisationReport): {
  label: string;
  value: string;
  note: string;
  tone: "bad" | "warn" | "good" | "plain";
}[] {
  const { states } = totals;
  const unsolved = states.open + states.reopened;
  const accepted = states.acknowledged > 0 ? `${formatCount(states.acknowledged)} acknowledged` : "";
  const reopened = states.reopened > 0 ? `${formatCount(states.reopened)} reopened` : "";
  const applied = states.applied > 0 ? `${formatCount(states.applied)} applied` : "";
  const validated = states.validated > 0 ? `${formatCount(states.validated)} validated` : "";
  const resolved = states.resolved > 0 ? `${formatCount(states.resolved)} resolved` : "";
  const share =
    totals.requestMs > 0
      ? `${formatShare(Math.min(1, totals.lostMs / totals.requestMs))} of request time`
      : "";
  return [
    {
      label: "Open bottlenecks",
      value: formatCount(unsolved),
      note: [reopened, accepted, applied, validated, resolved].filter((text) => text !== "").join(", "),
      tone: unsolved > 0 ? "warn" : "good",
    },
    {
      label: "Time lost to them",
      value: totals.lostMs > 0 ? formatDuration(totals.lostMs) : "none",
      note: totals.lostMs > 0 ? share : "",
      tone: "plain",
    },
    {
      label: "Breaches",
      value: formatCount(totals.breaches),
      note:
        totals.firing > 0 ? `${formatCount(totals.firing)} lasting` : totals.breaches > 0 ? "all over" : "",
      tone: totals.firing > 0 ? "bad" : totals.breaches > 0 ? "warn" : "good",
    },
    {
      label: "Requests",
      value: formatCount(totals.requests),
      note: totals.requests > 0 ? `${formatShare(totals.failed / totals.requests)} failed` : "",
      tone: "plain",
    },
    {
      label: "Endpoints over limit",
      value: `${formatCount(totals.endpointsOverLimit)} of ${formatCount(totals.endpoints)}`,
      note: "p95 over the whole period",
      tone: totals.endpointsOverLimit > 0 ? "warn" : "plain",
    },
  ];
}

/** So many bottlenecks are told in full; nobody mends more at a time. */
const detailedMax = 20;

/** Bottlenecks as documents divide them: told in full, and in a line each under a title. */
export function divideBottlenecks(list: readonly Bottleneck[]): {
  readonly detailed: readonly Bottleneck[];
  readonly brief: readonly { readonly title: string; readonly list: readonly Bottleneck[] }[];
} {
  const seen = list.filter(({ seenInPeriod }) => seenInPeriod);
  const quiet = list.filter(({ seenInPeriod }) => !seenInPeriod);
  const brief = [
    { title: "More bottlenecks", list: seen.slice(detailedMax) },
    { title: "Not seen in this period", list: quiet },
  ];
  return { detailed: seen.slice(0, detailedMax), brief: brief.filter((part) => part.list.length > 0) };
}

/** What an empty section says. */
export const emptyTexts = {
  bottlenecks: "No bottleneck was seen in this period and none is open.",
  breaches: "No limit was broken in this period.",
  endpoints: "No request of an observed service arrived in this period.",
  deployments: "No version was deployed in this period.",
} as const;

const breakBefore =
  /\s+(?=(?:from|where|and|or|left join|right join|inner join|join|group by|having|order by|limit|offset|returning|values|set|on conflict|union|for update)\b)/gi;

const statementMax = 4_000;

/** SQL with a line for each clause. Only white space is changed, and what no page should be filled with is cut. */
export function layOutStatement(statement: string): string {
  const shown = statement.length > statementMax ? `${statement.slice(0, statementMax)}…` : statement;
  return shown.replace(breakBefore, "\n");
}

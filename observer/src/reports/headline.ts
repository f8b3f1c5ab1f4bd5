import { isSettled } from "../diagnosis/finding.ts";
import { formatCount, formatDuration, formatShare, formatValue, many } from "./report-formats.ts";
import type { Bottleneck, Breach, OptimisationReport } from "./report-schema.ts";

type Facts = Pick<OptimisationReport, "bottlenecks" | "breaches" | "totals">;

/** What hurts most now, in one sentence, and how bad that is. */
export function toHeadline({ bottlenecks, breaches, totals }: Facts): {
  headline: string;
  tone: OptimisationReport["tone"];
} {
  const worst = bottlenecks.find(({ state, seenInPeriod }) => seenInPeriod && !isSettled(state.name));
  const firing = breaches.filter(({ kind, ended }) => kind === "breach" && ended === null);
  const breach = firing.find((one) => one.severity === "critical") ?? firing[0];
  if (breach !== undefined) {
    const cause = explain(breach, bottlenecks);
    const others = firing.length > 1 ? `, with ${many(firing.length - 1, "other limit")} broken` : "";
    const sentence = `${whereOf(breach)} ${describeBreach(breach)} for ${formatDuration(breach.durationMs)}${others}`;
    if (cause !== undefined)
      return { headline: `${sentence}; behind it: ${describeCost(cause)}.`, tone: "bad" };
    const rest = worst === undefined ? "" : `; the costliest bottleneck found is ${describeCost(worst)}`;
    return { headline: `${sentence}${rest}.`, tone: "bad" };
  }
  if (worst !== undefined) {
    const where = worst.endpoint === null ? worst.service : `${worst.endpoint} of ${worst.service}`;
    return {
      headline: `No limit is broken now; ${where} loses most: ${describeCost(worst)}.`,
      tone: "warn",
    };
  }
  if (totals.requests === 0) {
    return {
      headline: "Nothing was measured: no request of an observed service arrived in this period.",
      tone: "unknown",
    };
  }
  const past = totals.breaches === 0 ? "no limit was broken" : "no limit is broken now";
  return {
    headline: `Nothing hurts: ${past}, and no bottleneck was seen in ${formatCount(totals.requests)} requests.`,
    tone: "good",
  };
}

/** The costliest bottleneck that the breach quotes, else the costliest of the same endpoint. */
function explain(breach: Breach, bottlenecks: readonly Bottleneck[]): Bottleneck | undefined {
  const active = bottlenecks.filter(({ state, seenInPeriod }) => seenInPeriod && !isSettled(state.name));
  const quoted = new Set(breach.findings.map(({ fingerprint }) => fingerprint));
  return (
    active.find(({ fingerprint }) => quoted.has(fingerprint)) ??
    active.find(({ service, endpoint }) => service === breach.service && endpoint === breach.endpoint)
  );
}

function whereOf(breach: Breach): string {
  return breach.endpoint === null ? breach.service : `${breach.endpoint} of ${breach.service}`;
}

function describeBreach({ observed, limit, bound, unit, rule }: Breach): string {
  const side = bound === "max" ? "above" : "below";
  const value = observed === null ? "" : `: ${formatValue(observed, unit)} at worst`;
  return `has been ${side} its limit of ${formatValue(limit, unit)} (${rule}${value})`;
}

function describeCost({ title, impact }: Bottleneck): string {
  const share =
    impact.shareOfEndpointTime === null
      ? ""
      : `, ${formatShare(impact.shareOfEndpointTime)} of the endpoint's time`;
  return `${title} (${formatDuration(impact.lostMs)} in ${many(impact.occurrences, "request")}${share})`;
}

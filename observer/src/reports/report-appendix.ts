import { effectRequestsMin } from "./effect.ts";
import { many } from "./report-formats.ts";
import type { ReportInput, ReportTimes } from "./report-input.ts";

/** Where each figure of the report comes from. */
export function describeSources(
  input: ReportInput,
  times: ReportTimes,
): { figure: string; source: string }[] {
  const requests = input.endpoints.reduce((total, one) => total + one.requests, 0);
  const hashes = [...new Set(input.transitions.map(({ configurationHash }) => configurationHash))];
  const sources = [...new Set(input.transitions.map(({ source }) => source))];
  const decided =
    hashes.length === 0
      ? ""
      : ` Decided on ${sources.join(" and ")} with ${many(hashes.length, "configuration")} (${hashes.slice(0, 5).join(", ")}).`;
  return [
    {
      figure: "Period",
      source: `${new Date(times.fromMs).toISOString()} (inclusive) to ${new Date(times.toMs).toISOString()} (exclusive), all times in UTC. What began before counts with its part inside.`,
    },
    {
      figure: "Requests, quantiles, share of time",
      source: `Stored server spans that name a route: ${many(requests, "request")} of ${many(input.endpoints.length, "endpoint")}. p50, p95 and p99 are exact over these spans, not read from histograms. Failed: spans with status error.`,
    },
    {
      figure: "Bottlenecks",
      source: `Findings of the detectors over complete traces, merged by fingerprint: ${many(input.findings.length, "finding")}. Each trace counts once.`,
    },
    {
      figure: "Rank and time lost",
      source:
        "Time times use: the time that the finding's spans cover in each trace of the period, summed. Overlapping spans count once. Two findings of the same request can share time, so the sums of several are an upper bound.",
    },
    {
      figure: "Expected effect",
      source:
        "What the detector computes as saved in each trace; per request the mean over all traces that showed it, in the period the sum.",
    },
    {
      figure: "Measured effect",
      source: `Requests of the finding's endpoint before and after a deployment of its service, each at most a day long and up to the neighbouring deployment. Median and p95 with bounds at 95 % confidence from order statistics. Faster or slower only where the bounds do not touch and the change is at least 5 %; below ${effectRequestsMin} requests on a side there is not enough data.`,
    },
    {
      figure: "Breaches",
      source: `Changes of state of the alerts${input.transitionsAreCut ? " (more than could be read: the oldest of the period are missing)" : ""}. Observed is the worst value at a change of state.${decided}`,
    },
    {
      figure: "Deployments",
      source: "Versions announced to the observer, or first seen as service.version in telemetry.",
    },
    { figure: "Limits", source: "The configuration in force when the report was made." },
  ];
}

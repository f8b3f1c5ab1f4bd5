import { type Decision, toAbout } from "./decision.ts";

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Time in seconds, and 1. */
  readonly values: readonly (readonly [number, string])[];
}

/** A pause in a series that is longer than this is an end: rules are evaluated once a second. */
const pauseSecondsMax = 2.5;

/** What Prometheus decided about some services: the samples of `ALERTS` as they are stored, with the times of evaluations. */
export async function readPrometheusDecisions(
  url: string,
  services: readonly string[],
  evaluationSeconds: number,
): Promise<Decision[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent("ALERTS[15m]")}`);
  const { data } = (await response.json()) as { data: { result: Series[] } };
  const ours = data.result.filter(({ metric }) => services.includes(metric.service ?? ""));
  const firings = ours
    .filter(isFiring)
    .flatMap((series) => toRuns(series).map(([from]) => ({ name: nameOf(series), from })));
  return ours.flatMap((series) =>
    toRuns(series).flatMap(([from, to]) => {
      const isNext = (one: (typeof firings)[number]) =>
        one.name === nameOf(series) && one.from > to && one.from - to <= pauseSecondsMax;
      const becameFiring = !isFiring(series) && firings.some(isNext);
      return toDecisions(series, from, becameFiring ? undefined : to + evaluationSeconds);
    }),
  );
}

/** The same for one alert whether it is pending or firing. */
function nameOf({ metric }: Series): string {
  return `${metric.alertname} ${aboutOf(metric)}`;
}

function isFiring({ metric }: Series): boolean {
  return metric.alertstate === "firing";
}

/** @returns first and last sample of each stretch, in seconds */
function toRuns({ values }: Series): [number, number][] {
  const runs: [number, number][] = [];
  for (const [seconds] of values) {
    const run = runs.at(-1);
    if (run !== undefined && seconds - run[1] <= pauseSecondsMax) run[1] = seconds;
    else runs.push([seconds, seconds]);
  }
  return runs;
}

function toDecisions(series: Series, from: number, to: number | undefined): Decision[] {
  const about = aboutOf(series.metric);
  const [begin, end] =
    series.metric.alertname === "noData"
      ? (["silent", "heard"] as const)
      : isFiring(series)
        ? (["firing", "resolved"] as const)
        : (["pending", "calmed"] as const);
  return [
    { about, what: begin, atMs: from * 1000 },
    ...(to === undefined ? [] : [{ about, what: end, atMs: to * 1000 }]),
  ];
}

function aboutOf(metric: Series["metric"]): string {
  const { alertname = "", rule = alertname, service = "", endpoint, severity = "", limit = "" } = metric;
  return toAbout({ rule, service, endpoint, severity, limit });
}

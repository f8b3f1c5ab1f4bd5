import type { HistoryEndpoint } from "../store/endpoint-history.ts";
import { changeGraceMs, chooseChange, toSides } from "./effect.ts";
import { rankBottlenecks } from "./rank-bottlenecks.ts";
import {
  chooseSlotMs,
  type EffectAnswer,
  type EffectQuestion,
  endpointKey,
  type ReportInput,
  type ReportSources,
  type ReportTimes,
} from "./report-input.ts";
import { rankSlowEndpoints } from "./slow-endpoints.ts";

const transitionsMax = 1_000;
const endpointsMax = 5_000;
const effectsMax = 20;
const coursesMax = 4;
const nothing = { requests: 0, quantilesMs: [] };

/**
 * Asks the sources for everything that a report of this period needs. Effects are measured for the costliest findings, courses taken of
 * the endpoints that have most to tell.
 *
 * @throws what the sources throw
 */
export async function collectReportInput(
  sources: ReportSources,
  publicUrl: string,
  times: ReportTimes,
): Promise<ReportInput> {
  const range = { fromMs: times.fromMs, toMs: times.toMs };
  const slotMs = chooseSlotMs(range);
  const [findings, transitions, activeAlerts, deployments, endpoints] = await Promise.all([
    sources.listFindings({ ...range, slotMs }),
    sources.listTransitions({ ...range, limit: transitionsMax }),
    sources.listActiveAlerts(),
    sources.listDeployments(),
    sources.listEndpointUse({ ...range, limit: endpointsMax }),
  ]);
  const latencyLimits = new Map<string, number>();
  for (const endpoint of endpoints) {
    const limitMs = sources.latencyLimitMs(endpoint);
    if (limitMs !== undefined) latencyLimits.set(endpointKey(endpoint), limitMs);
  }
  const ranked = rankBottlenecks(findings, times);
  const questions = ranked.slice(0, effectsMax).flatMap((reported): EffectQuestion[] => {
    const { finding } = reported;
    const place = endpoints.find((one) => one.service === finding.service && one.route === finding.route);
    const change = chooseChange(finding, deployments, place, times.toMs);
    if (change === undefined || finding.route === undefined) return [];
    const { environment, namespace, service } = change;
    const { before, after } = toSides(change, deployments, times.toMs);
    const where = { environment, namespace, service, route: finding.route };
    return [
      {
        fingerprint: finding.fingerprint,
        change,
        before: { ...where, ...before },
        after: { ...where, ...after },
      },
    ];
  });
  const slowest = rankSlowEndpoints(endpoints, latencyLimits);
  const troubled = ranked.flatMap(({ finding }) =>
    endpoints.filter((one) => one.service === finding.service && one.route === finding.route),
  );
  const [courses, effects] = await Promise.all([
    sources.listCourses({ ...range, endpoints: chooseCourses([...troubled, ...slowest]), slotMs }),
    askEffects(sources, questions),
  ]);
  return {
    ...{
      publicUrl,
      findings,
      transitions,
      activeAlerts,
      deployments,
      endpoints,
      courses,
      latencyLimits,
      effects,
    },
    transitionsAreCut: transitions.length >= transitionsMax,
  };
}

/** The first few different ones. */
function chooseCourses(endpoints: readonly HistoryEndpoint[]): HistoryEndpoint[] {
  const chosen = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  return [...chosen.values()]
    .slice(0, coursesMax)
    .map(({ environment, namespace, service, route }) => ({ environment, namespace, service, route }));
}

async function askEffects(
  sources: ReportSources,
  questions: readonly EffectQuestion[],
): Promise<EffectAnswer[]> {
  if (questions.length === 0) return [];
  const windows = questions.flatMap(({ before, after }) => [before, after]);
  const [measures, counts] = await Promise.all([
    sources.measureWindows(windows),
    sources.countOccurrences(
      questions.flatMap(({ fingerprint, before, after }) => [
        { fingerprint, fromMs: before.fromMs, toMs: before.toMs },
        // Requests that were under way are diagnosed a little later.
        { fingerprint, fromMs: after.fromMs + changeGraceMs, toMs: after.toMs },
      ]),
    ),
  ]);
  return questions.map((question, at) => {
    const toAnswer = (place: number) => ({
      measure: measures[place] ?? nothing,
      occurrences: counts[place] ?? 0,
    });
    return { ...question, beforeAnswer: toAnswer(at * 2), afterAnswer: toAnswer(at * 2 + 1) };
  });
}

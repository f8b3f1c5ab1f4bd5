import { type Alert, type AlertState, type AlertTransition, isFiring } from "../alerts/alert.ts";
import { findLimitDefinition } from "../config/limit-keys.ts";
import { toIso } from "./effect.ts";
import type { ReportInput, ReportTimes } from "./report-input.ts";
import type { Breach } from "./report-schema.ts";

/** A period that ended this long ago ends now: what is so now was so at its end. */
const stillNowMs = 60_000;

interface Episode {
  readonly kind: Breach["kind"];
  readonly begunMs: number;
  alert: Alert;
  endedMs: number | undefined;
  observed: number | undefined;
  relapses: number;
}

/**
 * The breaches of the period, and the times in which nobody could tell, made of changes of state: what lasts first, then the newest.
 * What began before the period is there with its real beginning; what is firing without a change in the period comes from the alerts as
 * they are now.
 *
 * @param links makes the addresses of findings and traces
 */
export function listBreaches(
  input: Pick<ReportInput, "transitions" | "activeAlerts">,
  times: ReportTimes,
  links: { finding(fingerprint: string): string; trace(traceId: string): string },
): Breach[] {
  const episodes: Episode[] = [];
  const open = new Map<string, Episode>();
  for (const transition of input.transitions.toReversed()) follow(transition, open, episodes);
  for (const alert of input.activeAlerts) {
    const kind = kindOf(alert.state);
    const begunMs = beginOf(alert);
    // It changed after the period: what it was at its end is told by the changes alone.
    if (kind === undefined || begunMs >= times.toMs || alert.sinceMs >= times.toMs) continue;
    const lasting = open.get(alert.fingerprint);
    if (lasting !== undefined) {
      // What explains it is found after the change, and the worst value comes later still.
      lasting.alert = alert;
      if (times.nowMs - times.toMs < stillNowMs) hear(lasting, alert);
    } else if (!episodes.some((one) => isSame(one, alert, begunMs))) {
      const observed = worstOf(kind, alert);
      episodes.push({ kind, begunMs, alert, endedMs: undefined, observed, relapses: 0 });
    }
  }
  return episodes.map((episode) => toBreach(episode, times, links)).sort(compareBreaches);
}

function follow({ alert, from, to, atMs }: AlertTransition, open: Map<string, Episode>, episodes: Episode[]) {
  const { fingerprint } = alert;
  let episode = open.get(fingerprint);
  const left = kindOf(from);
  if (episode === undefined && left !== undefined) {
    // It began before the first change that is known.
    const begunMs = isFiring(from) ? (alert.firedAtMs ?? atMs) : atMs;
    episode = { kind: left, begunMs, alert, endedMs: undefined, observed: undefined, relapses: 0 };
    open.set(fingerprint, episode);
    episodes.push(episode);
  }
  const kind = kindOf(to);
  if (episode !== undefined) {
    if (from === "recovering" && to === "firing") episode.relapses += 1;
    if (kind === episode.kind || isFiring(from)) episode.alert = alert;
    hear(episode, to === "resolved" ? { ...alert, observed: undefined } : alert);
    if (kind !== episode.kind) {
      episode.endedMs = atMs;
      open.delete(fingerprint);
      episode = undefined;
    }
  }
  if (episode === undefined && kind !== undefined) {
    const begun = { kind, begunMs: atMs, alert, endedMs: undefined, observed: alert.observed, relapses: 0 };
    open.set(fingerprint, begun);
    episodes.push(begun);
  }
}

function hear(episode: Episode, alert: Alert): void {
  const observed = worstOf(episode.kind, alert);
  if (observed === undefined) return;
  const worse = boundOf(alert.rule) === "min" ? Math.min : Math.max;
  episode.observed = episode.observed === undefined ? observed : worse(episode.observed, observed);
}

/** Of silence, there is only the last value before it. */
function worstOf(kind: Breach["kind"], { worst, observed }: Alert): number | undefined {
  return kind === "breach" ? (worst ?? observed) : observed;
}

function kindOf(state: AlertState): Breach["kind"] | undefined {
  if (isFiring(state)) return "breach";
  if (state === "noData") return "no data";
  return state === "error" ? "error" : undefined;
}

function beginOf(alert: Alert): number {
  return isFiring(alert.state) ? (alert.firedAtMs ?? alert.sinceMs) : alert.sinceMs;
}

function isSame(episode: Episode, alert: Alert, begunMs: number): boolean {
  return episode.alert.fingerprint === alert.fingerprint && Math.abs(episode.begunMs - begunMs) < 1;
}

function boundOf(rule: string): "max" | "min" {
  return findLimitDefinition(rule)?.bound ?? (rule.endsWith("Min") ? "min" : "max");
}

function toBreach(
  { kind, begunMs, alert, endedMs, observed, relapses }: Episode,
  { toMs }: ReportTimes,
  links: { finding(fingerprint: string): string; trace(traceId: string): string },
): Breach {
  const { subject } = alert;
  return {
    fingerprint: alert.fingerprint,
    kind,
    rule: alert.rule,
    environment: subject.environment,
    namespace: subject.namespace,
    service: subject.service,
    endpoint: subject.route ?? null,
    severity: alert.severity,
    observed: observed ?? null,
    limit: alert.limit,
    bound: boundOf(alert.rule),
    unit: alert.unit,
    begun: toIso(begunMs),
    ended: endedMs === undefined ? null : toIso(endedMs),
    durationMs: Math.max(0, (endedMs ?? toMs) - begunMs),
    relapses,
    reason: alert.reason ?? null,
    findings: alert.findings.map(({ fingerprint, title }) => {
      return { fingerprint, title, url: links.finding(fingerprint) };
    }),
    traces: alert.traceIds.map((traceId) => ({ traceId, url: links.trace(traceId) })),
  };
}

const severityOrder: Record<string, number> = { critical: 0, warning: 1, info: 2 };

function compareBreaches(a: Breach, b: Breach): number {
  const lasts = (one: Breach): number => (one.ended === null ? 0 : 1);
  const isSilent = (one: Breach): number => (one.kind === "breach" ? 0 : 1);
  const severity = (one: Breach): number => severityOrder[one.severity] ?? 3;
  return (
    isSilent(a) - isSilent(b) ||
    lasts(a) - lasts(b) ||
    (a.ended === null ? severity(a) - severity(b) : 0) ||
    (a.begun < b.begun ? 1 : a.begun > b.begun ? -1 : 0) ||
    (a.fingerprint < b.fingerprint ? -1 : 1)
  );
}

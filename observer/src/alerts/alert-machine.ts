import type { Rule, Verdict } from "../rules/verdict.ts";
import {
  ALERT_FINDINGS_MAX,
  ALERT_TRACES_MAX,
  type Alert,
  type AlertFinding,
  type AlertState,
  type AlertTransition,
  isFiring,
} from "./alert.ts";
import { type AlertEntry, adoptRule, createEntry, restoreEntry, toAlert } from "./alert-entry.ts";
import { alertFingerprint, transitionId } from "./alert-identity.ts";
import { type AlertMachineSettings, nextState } from "./alert-step.ts";

/** All verdicts of one moment. */
export interface AlertTick {
  readonly atMs: number;
  /** One or more for every rule of the configuration; several of one fingerprint (instances) count as their worst. */
  readonly verdicts: readonly { readonly rule: Rule; readonly verdict: Verdict }[];
  readonly configurationHash: string;
  /** Name of the signal source that was read. */
  readonly source: string;
}

export interface Explanation {
  readonly findings: readonly AlertFinding[];
  /** Worst first. */
  readonly traceIds: readonly string[];
}

export interface AlertMachineOptions extends Partial<AlertMachineSettings> {
  /** What is known about a subject at the moment its alert fires. */
  readonly explain?: (subject: Alert["subject"], ruleKey: string, atMs: number) => Explanation;
}

export interface AlertMachine {
  /** @returns the changes of state of this tick, in the order of the verdicts; those of vanished rules last */
  apply(tick: AlertTick): AlertTransition[];
  /** Alerts that are not inactive, resolved ones among them, with the values of the last tick. */
  listAlerts(): Alert[];
  getAlert(fingerprint: string): Alert | undefined;
  /** Adds what explains a firing alert; undefined when that is nothing new, or the alert does not fire. */
  attach(fingerprint: string, explanation: Explanation): Alert | undefined;
}

/**
 * The state machine of all alerts. Pure but for its own memory: it reads no clock, and the same ticks give the same transitions.
 * A rule that is healthy and stays so costs a tick two look-ups and no allocation.
 *
 * @param initialAlerts as they were when the observer stopped, from the journal or the database
 */
export function createAlertMachine(
  initialAlerts: Iterable<Alert> = [],
  options: AlertMachineOptions = {},
): AlertMachine {
  const settings: AlertMachineSettings = {
    noDataAfterSeconds: options.noDataAfterSeconds ?? 0,
    errorAfterSeconds: options.errorAfterSeconds ?? 10,
  };
  const byFingerprint = new Map<string, AlertEntry>();
  const byRule = new Map<string, AlertEntry>();
  /** Reused by every tick; only the first `touchedCount` are of this one. */
  const touched: AlertEntry[] = [];
  let touchedCount = 0;
  let tickNumber = 0;
  let lastAtMs = Number.NEGATIVE_INFINITY;

  for (const alert of initialAlerts) byFingerprint.set(alert.fingerprint, restoreEntry(alert));

  function findEntry(rule: Rule, verdict: Verdict, configurationHash: string): AlertEntry {
    const known = byRule.get(rule.id);
    if (known !== undefined) return known;
    const fingerprint = alertFingerprint(rule.key, rule.subject);
    const entry = byFingerprint.get(fingerprint) ?? createEntry(rule, verdict, configurationHash);
    byFingerprint.set(fingerprint, entry);
    byRule.set(rule.id, entry);
    return entry;
  }

  function collect(tick: AlertTick): void {
    touchedCount = 0;
    for (const { rule, verdict } of tick.verdicts) {
      const entry = findEntry(rule, verdict, tick.configurationHash);
      if (entry.rule !== rule) adoptRule(entry, rule);
      if (entry.tick === tickNumber) {
        if (weight[verdict.state] > weight[entry.verdict.state]) entry.verdict = verdict;
        continue;
      }
      entry.tick = tickNumber;
      entry.verdict = verdict;
      entry.configurationHash = tick.configurationHash;
      touched[touchedCount++] = entry;
    }
  }

  function change(entry: AlertEntry, to: AlertState, tick: AlertTick): AlertTransition {
    const from = entry.state;
    entry.state = to;
    entry.sinceMs = tick.atMs;
    entry.revision = Math.max(entry.revision + 1, tick.atMs);
    if (to === "firing" && from !== "recovering") startEpisode(entry, tick.atMs, options.explain);
    if (to === "resolved") entry.resolvedAtMs = tick.atMs;
    if (to === "resolved" || to === "inactive") entry.pendingSinceMs = undefined;
    return {
      id: transitionId(entry.fingerprint, from, to, entry.revision),
      alert: toAlert(entry),
      from,
      to,
      atMs: tick.atMs,
      configurationHash: tick.configurationHash,
      source: tick.source,
    };
  }

  function applyToMissing(tick: AlertTick, transitions: AlertTransition[]): void {
    for (const entry of byFingerprint.values()) {
      if (entry.tick === tickNumber) continue;
      if (entry.configurationHash === tick.configurationHash) {
        // Still configured, so it is only silent: a route that is discovered from traffic is forgotten by a restart.
        entry.verdict = { state: "noData", subject: entry.subject };
        const to = nextState(entry, tick.atMs, settings);
        if (to !== entry.state) transitions.push(change(entry, to, tick));
        continue;
      }
      byFingerprint.delete(entry.fingerprint);
      const to: AlertState = isFiring(entry.state) ? "resolved" : "inactive";
      if (entry.state === "inactive" || entry.state === "resolved") continue;
      entry.reason = "the rule is no longer in the configuration";
      transitions.push(change(entry, to, tick));
    }
    for (const [ruleId, entry] of byRule) if (!byFingerprint.has(entry.fingerprint)) byRule.delete(ruleId);
  }

  return {
    apply(tick) {
      if (tick.atMs < lastAtMs) shiftClocks(byFingerprint.values(), tick.atMs - lastAtMs);
      lastAtMs = tick.atMs;
      tickNumber++;
      collect(tick);
      const transitions: AlertTransition[] = [];
      for (let index = 0; index < touchedCount; index++) {
        const entry = touched[index];
        if (entry === undefined) continue;
        const to = nextState(entry, tick.atMs, settings);
        if (to !== entry.state) transitions.push(change(entry, to, tick));
      }
      if (touchedCount < byFingerprint.size) applyToMissing(tick, transitions);
      return transitions;
    },
    listAlerts() {
      const alerts: Alert[] = [];
      for (const entry of byFingerprint.values()) if (entry.state !== "inactive") alerts.push(toAlert(entry));
      return alerts;
    },
    getAlert(fingerprint) {
      const entry = byFingerprint.get(fingerprint);
      return entry === undefined ? undefined : toAlert(entry);
    },
    attach(fingerprint, explanation) {
      const entry = byFingerprint.get(fingerprint);
      if (entry === undefined || !isFiring(entry.state) || !explain(entry, explanation)) return undefined;
      return toAlert(entry);
    },
  };
}

/** Of several verdicts for one alert, the heavier one counts. */
const weight = {
  ok: 0,
  insufficient: 1,
  between: 2,
  noData: 3,
  error: 4,
  breach: 5,
} as const satisfies Record<Verdict["state"], number>;

/** The clock went back: what has been waited so far stays waited. */
function shiftClocks(entries: Iterable<AlertEntry>, byMs: number): void {
  for (const entry of entries) {
    if (entry.pendingSinceMs !== undefined) entry.pendingSinceMs += byMs;
    if (entry.lastBreachMs !== undefined) entry.lastBreachMs += byMs;
    if (entry.okSinceMs !== undefined) entry.okSinceMs += byMs;
    if (entry.unknownSinceMs !== undefined) entry.unknownSinceMs += byMs;
  }
}

function startEpisode(entry: AlertEntry, atMs: number, explainSubject: AlertMachineOptions["explain"]): void {
  entry.firedAtMs = atMs;
  entry.resolvedAtMs = undefined;
  entry.findings = [];
  entry.traceIds = [];
  if (explainSubject !== undefined) explain(entry, explainSubject(entry.subject, entry.ruleKey, atMs));
}

/** @returns whether anything was new */
function explain(entry: AlertEntry, explanation: Explanation): boolean {
  const known = new Set(entry.findings.map((finding) => finding.fingerprint));
  const findings = [...entry.findings];
  for (const finding of explanation.findings) {
    if (findings.length >= ALERT_FINDINGS_MAX || known.has(finding.fingerprint)) continue;
    known.add(finding.fingerprint);
    findings.push(finding);
  }
  const traceIds = [...new Set([...entry.traceIds, ...explanation.traceIds])].slice(0, ALERT_TRACES_MAX);
  const isNew = findings.length > entry.findings.length || traceIds.length > entry.traceIds.length;
  entry.findings = findings;
  entry.traceIds = traceIds;
  return isNew;
}

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
  readonly verdicts: readonly {
    readonly rule: Rule;
    readonly verdict: Verdict;
    /** What was read for it, where that is not the source of the tick. */
    readonly source?: string;
  }[];
  readonly configurationHash: string;
  /** Name of the signal source that was read. */
  readonly source: string;
}

export interface Explanation {
  readonly findings: readonly AlertFinding[];
  /** Worst first. */
  readonly traceIds: readonly string[];
}

export interface AlertMachineOptions {
  /** Asked at every tick, so that a reloaded configuration holds at once; without it 0 and 10 s. */
  readonly settings?: () => AlertMachineSettings;
  /** What is known about an alert at the moment it fires. */
  readonly explain?: (about: Pick<Alert, "subject" | "rule">, atMs: number) => Explanation;
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
  let settings: AlertMachineSettings = { noDataAfterSeconds: 0, errorAfterSeconds: 10 };
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
    for (const { rule, verdict, source } of tick.verdicts) {
      // Ticks tell the same rules in the same order, mostly, so the entry of the tick before is at the same place.
      const atPlace = touched[touchedCount];
      const entry = atPlace?.rule === rule ? atPlace : findEntry(rule, verdict, tick.configurationHash);
      if (entry.rule !== rule) adoptRule(entry, rule);
      if (entry.tick === tickNumber) {
        if (weight[verdict.state] <= weight[entry.verdict.state]) continue;
        entry.verdict = verdict;
        entry.source = source;
        continue;
      }
      entry.tick = tickNumber;
      entry.verdict = verdict;
      entry.source = source;
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
      source: entry.source ?? tick.source,
    };
  }

  function applyToMissing(tick: AlertTick, transitions: AlertTransition[]): void {
    for (const entry of byFingerprint.values()) {
      if (entry.tick === tickNumber) continue;
      const isConfigured = entry.configurationHash === tick.configurationHash;
      if (isConfigured && !isForgotten(entry, tick.atMs)) {
        // Still configured, so it is only silent: a route that is discovered from traffic is unknown after a restart.
        entry.rule = undefined;
        entry.restsOnRequests = false;
        entry.verdict = { state: "noData", subject: entry.subject };
        const to = nextState(entry, tick.atMs, settings);
        if (to !== entry.state) transitions.push(change(entry, to, tick));
        continue;
      }
      byFingerprint.delete(entry.fingerprint);
      entry.rule = undefined;
      if (entry.state === "inactive" || entry.state === "resolved") continue;
      entry.reason = isConfigured ? FORGOTTEN : "the rule is no longer in the configuration";
      transitions.push(change(entry, isFiring(entry.state) ? "resolved" : "inactive", tick));
    }
    for (const [ruleId, entry] of byRule) if (!byFingerprint.has(entry.fingerprint)) byRule.delete(ruleId);
  }

  return {
    apply(tick) {
      if (tick.atMs < lastAtMs) shiftClocks(byFingerprint.values(), tick.atMs - lastAtMs);
      lastAtMs = tick.atMs;
      tickNumber++;
      settings = options.settings?.() ?? settings;
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

/** How long an alert outlives the subject it is about, when nobody expects anything of the subject any more. */
const FORGET_AFTER_MS = 3_600_000;
const FORGOTTEN = "nothing was heard of it for an hour, and it is no longer expected";

function isForgotten({ unknownSinceMs }: AlertEntry, atMs: number): boolean {
  return unknownSinceMs !== undefined && atMs - unknownSinceMs >= FORGET_AFTER_MS;
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

function startEpisode(entry: AlertEntry, atMs: number, explainAlert: AlertMachineOptions["explain"]): void {
  entry.firedAtMs = atMs;
  entry.resolvedAtMs = undefined;
  entry.findings = [];
  entry.traceIds = [];
  if (explainAlert !== undefined) explain(entry, explainAlert(toAlert(entry), atMs));
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
  // The newest list knows the worst ones; that alone is no news.
  const traceIds = [...new Set([...explanation.traceIds, ...entry.traceIds])].slice(0, ALERT_TRACES_MAX);
  const isNew = findings.length > entry.findings.length || traceIds.length > entry.traceIds.length;
  if (!isNew) return false;
  entry.findings = findings;
  entry.traceIds = traceIds;
  return true;
}

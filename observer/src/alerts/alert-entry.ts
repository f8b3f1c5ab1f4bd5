import type { Rule, Verdict } from "../rules/verdict.ts";
import { findSignal } from "../signals/catalogue.ts";
import type { Alert, AlertFinding, AlertState, Severity } from "./alert.ts";
import { alertFingerprint, toAlertSubject } from "./alert-identity.ts";

/** What the machine keeps per fingerprint; changed in place, so that a healthy rule costs a tick no allocation. */
export interface AlertEntry {
  readonly fingerprint: string;
  readonly ruleKey: string;
  readonly subject: Alert["subject"];
  /** The rule as of the last tick that named it; undefined until then for an alert read back from the journal. */
  rule: Rule | undefined;
  severity: Severity;
  limit: number;
  unit: string;
  /** No requests are no silence: a signal that counts requests has nothing to say about an idle service. */
  restsOnRequests: boolean;
  state: AlertState;
  sinceMs: number;
  pendingSinceMs: number | undefined;
  /** Undefined after a restart: the gap is then taken as a part of the breach. */
  lastBreachMs: number | undefined;
  firedAtMs: number | undefined;
  resolvedAtMs: number | undefined;
  /** Start of the unbroken recovery; undefined while the last word was not `ok`, `between` or `insufficient`. */
  okSinceMs: number | undefined;
  /** Since when there has been no data or an error, without a break. */
  unknownSinceMs: number | undefined;
  reason: string | undefined;
  observed: number | undefined;
  worst: number | undefined;
  findings: readonly AlertFinding[];
  traceIds: readonly string[];
  revision: number;
  configurationHash: string;
  /** Had data in this process's life or fired before: only what was heard can fall silent. */
  seen: boolean;
  /** Number of the tick that touched it last, and the worst verdict of that tick. */
  tick: number;
  verdict: Verdict;
  /** What was read for that verdict, where that is not the source of the tick. */
  source: string | undefined;
}

export function createEntry(rule: Rule, verdict: Verdict, configurationHash: string): AlertEntry {
  return {
    fingerprint: alertFingerprint(rule.key, rule.subject),
    ruleKey: rule.key,
    subject: toAlertSubject(rule.subject),
    rule,
    severity: rule.severity,
    limit: rule.limit,
    unit: rule.unit,
    restsOnRequests: countsRequests(rule.signal),
    state: "inactive",
    sinceMs: 0,
    pendingSinceMs: undefined,
    lastBreachMs: undefined,
    firedAtMs: undefined,
    resolvedAtMs: undefined,
    okSinceMs: undefined,
    unknownSinceMs: undefined,
    reason: undefined,
    observed: undefined,
    worst: undefined,
    findings: [],
    traceIds: [],
    revision: 0,
    configurationHash,
    seen: false,
    tick: 0,
    verdict,
    source: undefined,
  };
}

/** An alert as it was when the observer stopped: its clocks go on where they stood. */
export function restoreEntry(alert: Alert): AlertEntry {
  return {
    ...alert,
    worst: alert.worst,
    ruleKey: alert.rule,
    rule: undefined,
    lastBreachMs: undefined,
    restsOnRequests: false,
    okSinceMs: alert.state === "recovering" ? alert.sinceMs : undefined,
    unknownSinceMs: alert.state === "noData" || alert.state === "error" ? alert.sinceMs : undefined,
    // An inactive rule has to be heard again before its silence counts: the windows of a fresh start may be empty.
    seen: alert.state !== "inactive" && alert.state !== "resolved",
    tick: 0,
    verdict: { state: "noData", subject: alert.subject },
    source: undefined,
  };
}

/** Takes over what a changed configuration says; the state and its clocks stay. */
export function adoptRule(entry: AlertEntry, rule: Rule): void {
  entry.rule = rule;
  entry.severity = rule.severity;
  entry.limit = rule.limit;
  entry.unit = rule.unit;
  entry.restsOnRequests = countsRequests(rule.signal);
}

export function toAlert(entry: AlertEntry): Alert {
  return {
    fingerprint: entry.fingerprint,
    rule: entry.ruleKey,
    subject: entry.subject,
    severity: entry.severity,
    state: entry.state,
    observed: entry.observed,
    worst: entry.worst,
    limit: entry.limit,
    unit: entry.unit,
    sinceMs: entry.sinceMs,
    pendingSinceMs: entry.pendingSinceMs,
    firedAtMs: entry.firedAtMs,
    resolvedAtMs: entry.resolvedAtMs,
    reason: entry.reason,
    findings: entry.findings,
    traceIds: entry.traceIds,
    revision: entry.revision,
    configurationHash: entry.configurationHash,
  };
}

function countsRequests(signal: string): boolean {
  return findSignal(signal)?.countOf === "requests";
}

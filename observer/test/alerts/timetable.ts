import type { Alert, AlertTransition } from "@kontor/observer/alerts/alert";
import {
  type AlertMachine,
  type AlertMachineOptions,
  createAlertMachine,
} from "@kontor/observer/alerts/alert-machine";
import type { Rule, Verdict } from "@kontor/observer/rules/verdict";
import type { Subject } from "@kontor/observer/signals/subject";
import { expect } from "vitest";

/** 2026-03-02T00:00:00Z: timetables count from here. */
export const startMs = Date.UTC(2026, 2, 2);

/** `mm:ss` or `hh:mm:ss` as ms since the epoch. */
export function timeMs(text: string): number {
  const seconds = text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return startMs + seconds * 1000;
}

export function subject(service: string, route?: string): Subject {
  return { environment: "test", namespace: "shop", service, ...(route === undefined ? {} : { route }) };
}

/** A latency rule: limit 500 ms, clear 450, for 30 s, kept firing for 10 s. */
export function latencyRule(service: string, overrides: Partial<Rule> = {}): Rule {
  const about = overrides.subject ?? subject(service);
  const key = overrides.key ?? "latencyP95MsMax";
  return {
    id: `${key}{${about.service},${about.route ?? ""}}`,
    key,
    signal: "serviceLatencyP95",
    unit: "ms",
    bound: "max",
    subject: about,
    limit: 500,
    clear: 450,
    windowSeconds: 30,
    forSeconds: 30,
    keepFiringSeconds: 10,
    minRequests: 20,
    severity: "critical",
    ...overrides,
  };
}

/** A gauge rule on the process: its silence is news. */
export function cpuRule(service: string, overrides: Partial<Rule> = {}): Rule {
  return latencyRule(service, {
    key: "cpuRatioMax",
    signal: "cpuRatio",
    unit: "ratio",
    limit: 0.7,
    clear: 0.6,
    ...overrides,
  });
}

export function verdictOf(rule: Rule, value: number): Verdict {
  const state = value > rule.limit ? "breach" : value > rule.clear ? "between" : "ok";
  return { state, subject: rule.subject, value, count: 100, effectiveWindowSeconds: 30 };
}

/** Alert tests as a timetable: what each rule says at a time, and what must be so then. Every second is a tick. */
export function openTimetable(rules: Rule[], options: AlertMachineOptions = {}) {
  let machine: AlertMachine = createAlertMachine([], options);
  let configured = rules;
  let configurationHash = "one";
  let lastMs: number | undefined;
  const verdicts = new Map<Rule, Verdict>(rules.map((rule) => [rule, verdictOf(rule, 0)]));
  const transitions: AlertTransition[] = [];
  const restored = new Map<string, Alert>();

  const tick = (atMs: number) => {
    const made = machine.apply({
      atMs,
      verdicts: configured.map((rule) => ({
        rule,
        verdict: verdicts.get(rule) ?? { state: "noData", subject: rule.subject },
      })),
      configurationHash,
      source: "stream",
    });
    transitions.push(...made);
    // What a journal would have kept: the alert as of its last transition, not as of its last tick.
    for (const transition of made) restored.set(transition.alert.fingerprint, transition.alert);
    lastMs = atMs;
  };
  /** Ticks every second with the verdicts given before, up to but without the time. */
  const runUpTo = (atMs: number) => {
    while (lastMs !== undefined && lastMs + 1000 < atMs) tick(lastMs + 1000);
  };
  const find = (rule: Rule) =>
    machine
      .listAlerts()
      .find((alert) => alert.rule === rule.key && alert.subject.service === rule.subject.service);

  return {
    transitions,
    /** Changes of one rule as `from>to`. */
    history: (rule: Rule) =>
      transitions
        .filter(({ alert }) => alert.rule === rule.key && alert.subject.service === rule.subject.service)
        .map(({ from, to }) => `${from}>${to}`),
    at(text: string) {
      const atMs = timeMs(text);
      runUpTo(atMs);
      const steps = {
        value: (rule: Rule, value: number) => steps.say(rule, verdictOf(rule, value)),
        noData: (rule: Rule) => steps.say(rule, { state: "noData", subject: rule.subject }),
        insufficient: (rule: Rule, count: number) =>
          steps.say(rule, { state: "insufficient", subject: rule.subject, value: 900, count }),
        error: (rule: Rule, reason: string) =>
          steps.say(rule, { state: "error", subject: rule.subject, reason }),
        say(rule: Rule, verdict: Verdict) {
          verdicts.set(rule, verdict);
          return steps;
        },
        /** Killed and started: a new machine from what was journaled; ticks missed meanwhile are missed. */
        restart() {
          machine = createAlertMachine(restored.values(), options);
          lastMs = undefined;
          return steps;
        },
        configure(next: Rule[], hash: string) {
          configured = next;
          configurationHash = hash;
          return steps;
        },
        /** The clock is set: the next tick is at this time, whatever was before. */
        clockSet() {
          lastMs = undefined;
          return steps;
        },
        tick() {
          if (lastMs !== atMs) tick(atMs);
          return steps;
        },
        expect(rule: Rule, state: Alert["state"]) {
          steps.tick();
          expect(find(rule)?.state ?? "inactive", `${rule.id} at ${text}`).toBe(state);
          return steps;
        },
        alert(rule: Rule): Alert | undefined {
          steps.tick();
          return find(rule);
        },
      };
      return steps;
    },
    attach: (fingerprint: string, explanation: Parameters<AlertMachine["attach"]>[1]) =>
      machine.attach(fingerprint, explanation),
  };
}

import type { ObserverAddress } from "@kontor/observer/cli/observer-client";
import {
  type AlertView,
  type FindingView,
  listAlerts,
  listFindings,
  listRules,
} from "../../clients/observer-client.ts";
import type { SystemUrls } from "../../start/urls.ts";
import { turnFault } from "../turn-fault.ts";
import type { ExpectedFinding, FaultProof } from "./fault-proofs.ts";
import { type Seen, untilSeen } from "./until-seen.ts";

export type ProvenFault = {
  fault: string;
  /** `core-erp GET /api/orders latencyP95MsMax`. */
  rule: string;
  /** From the switch to the firing alert, read over HTTP; undefined when it did not fire in time. */
  fireSeconds: number | undefined;
  observed: string | undefined;
  /** The one that is due; undefined where none is. */
  finding: string | undefined;
  /** From the switch to that finding. */
  findingSeconds: number | undefined;
  /** Every finding of the time of the fault, as `detector at place in endpoint`. */
  findings: string[];
  /** From the switch back to the resolved alert. */
  clearSeconds: number | undefined;
  /** Other alerts that fired meanwhile: what a fault does to its neighbours. */
  besides: string[];
  /** What did not hold; none for a fault that is proven. */
  problems: string[];
};

const findingWithinSeconds = 45;
const namedWithinSeconds = 30;
/** How long a fault that grows with use may go unnoticed before more people come to work. */
const patienceMs = 10_000;
const active = ["firing", "recovering"];

export type Proving = {
  urls: SystemUrls;
  observer: ObserverAddress;
  /** As many people again, until disposed. */
  addLoad(): AsyncDisposable;
};

/** Switches one fault on and off in a running system under load, and reads back what the observer makes of it. */
export async function proveFault(
  { urls, observer, addLoad }: Proving,
  proof: FaultProof,
  signal: AbortSignal,
): Promise<ProvenFault> {
  const { fault, finding: due, fireWithinSeconds, clearWithinSeconds } = proof;
  const problems: string[] = [];
  const watch = watchObserver(observer, proof, new Date());
  const brokenMs = performance.now();
  const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1_000;
  if (!(await turnFault(urls, fault, true, signal))) problems.push("could not be switched on");
  await using crowd = new AsyncDisposableStack();
  const addMore = proof.growsWithUse === true ? () => void crowd.use(addLoad()) : undefined;
  const fired = await growingUntil(fireWithinSeconds, addMore, () => watch.findAlert(["firing"]), signal);
  const fireSeconds = fired && secondsSince(brokenMs);
  if (fired === undefined) {
    problems.push(`not firing within ${fireWithinSeconds} s (${await describeRule(observer, proof)})`);
  }
  const found = due && (await untilSeen(findingWithinSeconds, watch.findDue, signal));
  const findingSeconds = found && secondsSince(brokenMs);
  if (due !== undefined && found === undefined) {
    problems.push(`no ${due.detector} at ${due.place} within ${findingWithinSeconds} s`);
  }
  const isNamed = () => watch.alertNames(found?.seen.fingerprint ?? "");
  if (found && !(await untilSeen(namedWithinSeconds, isNamed, signal))) {
    problems.push("its alert does not name the finding");
  }
  await crowd.disposeAsync();
  const mendedMs = performance.now();
  // Even when there is no time left: what comes after must not meet this fault.
  const isOff = await turnFault(urls, fault, false, new AbortController().signal);
  if (!isOff) problems.push("could not be switched off");
  const cleared = fired && (await untilSeen(clearWithinSeconds, () => watch.findAlert(["resolved"]), signal));
  if (fired !== undefined && cleared === undefined)
    problems.push(`not resolved within ${clearWithinSeconds} s`);
  const clearSeconds = cleared && secondsSince(mendedMs);
  const findings = await watch.readFindings();
  problems.push(...findUntrue(findings, proof));
  return {
    ...{ fault, fireSeconds, findingSeconds, clearSeconds, problems },
    rule: describeAlert(proof.alert),
    observed: fired && `${Number(fired.seen.observed?.toPrecision(3))} ${fired.seen.unit}`,
    finding: due && `${due.detector} at ${due.place}`,
    findings: findings.map(describeFinding),
    besides: [...watch.besides].sort(),
  };
}

/** Looks until it is seen; meanwhile more is added again and again, where it can be. */
async function growingUntil<T>(
  withinSeconds: number,
  addMore: (() => void) | undefined,
  look: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<Seen<T> | undefined> {
  const timer = addMore && setInterval(addMore, patienceMs);
  try {
    return await untilSeen(withinSeconds, look, signal);
  } finally {
    clearInterval(timer);
  }
}

/** What the observer says of one fault, and of its neighbours meanwhile. */
function watchObserver(observer: ObserverAddress, proof: FaultProof, since: Date) {
  const besides = new Set<string>();
  const findAlert = async (states: readonly string[]): Promise<AlertView | undefined> => {
    const alerts = await listAlerts(observer);
    for (const each of alerts) {
      if (active.includes(each.state) && !isAbout(each, proof.alert)) besides.add(describeAlert(each));
    }
    return alerts.find((each) => isAbout(each, proof.alert) && states.includes(each.state));
  };
  const readFindings = async (): Promise<FindingView[]> =>
    (await listFindings(observer)).filter(({ lastSeen }) => new Date(lastSeen) >= since);
  return {
    /** Other alerts that fired at any look. */
    besides,
    findAlert,
    readFindings,
    async findDue(): Promise<FindingView | undefined> {
      await findAlert([]);
      return (await readFindings()).find((each) => isThis(each, proof.finding));
    },
    async alertNames(fingerprint: string): Promise<true | undefined> {
      const alert = await findAlert([...active, "resolved"]);
      return alert?.findings.includes(fingerprint) ? true : undefined;
    },
  };
}

function findUntrue(findings: readonly FindingView[], proof: FaultProof): string[] {
  if (proof.starves === true) return [];
  const untrue = findings.filter((each) => !isThis(each, proof.finding) && !isThis(each, proof.mayFind));
  return untrue.map((each) => `untrue finding: ${describeFinding(each)}: ${each.title}`);
}

/** Nothing fires any more: what the next fault leads to is its own. @returns what still fires after the time */
export async function awaitQuiet(
  observer: ObserverAddress,
  withinSeconds: number,
  signal: AbortSignal,
): Promise<string[]> {
  let firing: string[] = [];
  const look = async (): Promise<true | undefined> => {
    const alerts = await listAlerts(observer);
    firing = alerts.filter(({ state }) => [...active, "pending"].includes(state)).map(describeAlert);
    return firing.length === 0 ? true : undefined;
  };
  await untilSeen(withinSeconds, look, signal);
  return firing;
}

/** Where the rule stands just now: what is missing to the limit. */
async function describeRule(observer: ObserverAddress, { alert }: FaultProof): Promise<string> {
  const rule = (await listRules(observer)).find((each) => isAbout(each, alert));
  if (rule === undefined) return "its rule is missing";
  const observed = rule.observed === null ? "no value" : Number(rule.observed.toPrecision(3));
  return `its rule is ${rule.state} with ${observed} ${rule.unit}, limit ${rule.limit} ${rule.unit}`;
}

type About = { service: string; endpoint: string | null; rule: string };

export function isAbout(one: About, { service, endpoint, rule }: FaultProof["alert"]): boolean {
  return one.service === service && one.endpoint === endpoint && one.rule === rule;
}

function isThis(finding: FindingView, due: ExpectedFinding | undefined): boolean {
  return (
    due !== undefined &&
    finding.detector === due.detector &&
    finding.service === due.service &&
    due.endpoints.includes(finding.endpoint) &&
    finding.place === due.place
  );
}

export function describeAlert({ service, endpoint, rule }: About): string {
  return [service, endpoint, rule].filter((word) => word !== null).join(" ");
}

export function describeFinding({ detector, service, endpoint, place }: FindingView): string {
  return `${detector} at ${place} in ${[service, endpoint].filter((word) => word !== null).join(" ")}`;
}

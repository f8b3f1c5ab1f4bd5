import { alertFingerprint } from "../../../../src/alerts/alert-identity.ts";
import type { Observing } from "../../../cli/observing.ts";
import { type Decision, toAbout } from "./decision.ts";

interface AlertView {
  readonly fingerprint: string;
  readonly rule: string;
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly endpoint: string | null;
  readonly severity: string;
  readonly state: string;
  readonly limit: number;
}

interface Transition {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly limit: number;
}

/** What the observer decided about some services, every change of state of every rule, as its API tells it. */
export async function readObserverDecisions(
  observer: Pick<Observing, "request">,
  services: readonly string[],
): Promise<Decision[]> {
  const { body } = await observer.request("get", "/api/v1/rules", {});
  const rules = (body as { rules: Omit<AlertView, "fingerprint">[] }).rules;
  const decisions: Decision[] = [];
  for (const rule of rules.filter(({ service }) => services.includes(service))) {
    const { environment, namespace, service, endpoint } = rule;
    const subject = { environment, namespace, service, ...(endpoint === null ? {} : { route: endpoint }) };
    const path = `/api/v1/alerts/${alertFingerprint(rule.rule, subject)}/transitions`;
    const answer = await observer.request("get", path, {});
    const { transitions } = answer.body as { transitions: Transition[] };
    decisions.push(
      ...transitions.flatMap(({ at, from, to }): Decision[] => {
        const what = toWhat(from, to);
        return what === undefined ? [] : [{ about: toAbout(rule), what, atMs: Date.parse(at) }];
      }),
    );
  }
  return decisions;
}

/** Prometheus keeps an alert firing while it recovers, so that this is no news there. */
function toWhat(from: string, to: string): Decision["what"] | undefined {
  if (to === "noData") return "silent";
  if (from === "noData") return "heard";
  if (to === "pending") return "pending";
  if (to === "firing") return from === "recovering" ? undefined : "firing";
  if (to === "resolved") return "resolved";
  return from === "pending" ? "calmed" : undefined;
}

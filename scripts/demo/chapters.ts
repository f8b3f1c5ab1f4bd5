import type { ObserverAddress } from "@kontor/observer/cli/observer-client";
import { type CaughtMail, listMails } from "../clients/mail-client.ts";
import { type AlertView, listAlerts, listFindings, listRules } from "../clients/observer-client.ts";
import type { Chapter } from "./story.ts";

/** What the demonstration breaks, and the shipped rule that must notice. */
export const fault = "n-plus-one";
const slow = { service: "core-erp", endpoint: "GET /api/orders", rule: "latencyP95MsMax" };

export async function findAlert(
  observer: ObserverAddress,
  states: readonly string[],
): Promise<AlertView | undefined> {
  const alerts = await listAlerts(observer);
  return alerts.find((alert) => isSlow(alert) && states.includes(alert.state));
}

export function breachSeen(observer: ObserverAddress): Chapter {
  return {
    name: "the breach is seen",
    deadlineSeconds: 60,
    async look() {
      const alert = await findAlert(observer, ["firing", "recovering"]);
      if (alert === undefined) return undefined;
      const observed = alert.observed === null ? "" : `${Math.round(alert.observed)} ${alert.unit}, `;
      return `${alert.service} ${alert.endpoint}: p95 ${observed}limit ${alert.limit} ${alert.unit} (${alert.severity})`;
    },
  };
}

export function mailArrived(catcherUrl: string, news: "firing" | "resolved", since: Date): Chapter {
  return {
    name: news === "firing" ? "the alert mail arrives" : "the mail says that it is over",
    deadlineSeconds: news === "firing" ? 30 : 120,
    async look() {
      const mails = (await listMails(catcherUrl, since)).filter(tellsOfBreach);
      const mail = mails.find(({ subject }) => /^\[resolved\]/i.test(subject) === (news === "resolved"));
      return mail && `to ${mail.to.join(", ")}: ${mail.subject}`;
    },
  };
}

/**
 * Whether a mail tells of the alert of this story, its begin or its end: as the notification service words it, or the observer itself.
 * Another alert of the same moment may lead it.
 */
export function tellsOfBreach({ subject, text }: CaughtMail): boolean {
  return [subject, ...text.split("\n")].some((line) =>
    [": p95 ", " latencyP95MsMax", ": latencyP95MsMax"].some((words) =>
      line.includes(`${slow.service} ${slow.endpoint}${words}`),
    ),
  );
}

export function breachExplained(observer: ObserverAddress): Chapter {
  return {
    name: "the finding explains it",
    deadlineSeconds: 60,
    async look() {
      const findings = await listFindings(observer, "n-plus-one-sql");
      const finding = findings.find(
        ({ service, endpoint }) => service === slow.service && endpoint === slow.endpoint,
      );
      if (finding === undefined || finding.statement === null || finding.evidence.length === 0)
        return undefined;
      const spans = finding.evidence[0]?.spanCount ?? 0;
      const gain = Math.round(finding.expectedGain.timeMs);
      return `${finding.title}\n${finding.statement}\nin ${finding.place}; ${spans} statements in one request; about ${gain} ms to gain\n${finding.recommendation}`;
    },
  };
}

/** The alert itself names what explains it. */
export function alertNamesFinding(observer: ObserverAddress): Chapter {
  return {
    name: "the alert names the finding",
    deadlineSeconds: 30,
    async look() {
      const alert = await findAlert(observer, ["firing", "recovering", "resolved"]);
      const findings = await listFindings(observer, "n-plus-one-sql");
      const named = findings.find(({ fingerprint }) => alert?.findings.includes(fingerprint));
      return named && `alert ${alert?.fingerprint} names finding ${named.fingerprint}`;
    },
  };
}

export function recovered(observer: ObserverAddress): Chapter {
  return {
    name: "the alert is over",
    deadlineSeconds: 120,
    async look() {
      const alert = await findAlert(observer, ["resolved"]);
      return alert && `resolved at ${alert.resolvedAt}`;
    },
  };
}

/** Before anything is broken: the rule has data and is content. */
export function steady(observer: ObserverAddress): Chapter {
  return {
    name: "all is well under load",
    deadlineSeconds: 60,
    async look() {
      const rules = await listRules(observer);
      const rule = rules.find((each) => isSlow(each) && each.state === "ok");
      if (rule === undefined || rule.observed === null) return undefined;
      return `${slow.service} ${slow.endpoint}: p95 ${Math.round(rule.observed)} ${rule.unit}, limit ${rule.limit} ${rule.unit}`;
    },
  };
}

function isSlow({
  service,
  endpoint,
  rule,
}: {
  service: string;
  endpoint: string | null;
  rule: string;
}): boolean {
  return service === slow.service && endpoint === slow.endpoint && rule === slow.rule;
}

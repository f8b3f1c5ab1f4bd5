import { createAlertMachine } from "@kontor/observer/alerts/alert-machine";
import type { Notification } from "@kontor/observer/alerts/delivery/notification";
import type { Rule } from "@kontor/observer/rules/verdict";
import { latencyRule, startMs, subject, verdictOf } from "../timetable.ts";

/** A real notification about one or more rules that fire, as the planner makes it. */
export function notificationOf(
  rules: readonly Rule[] = [latencyRule("core-erp")],
  change: Partial<Notification> = {},
): Notification {
  const machine = createAlertMachine([], {
    explain: () => ({
      findings: [
        {
          fingerprint: "f".repeat(16),
          title: "N+1 in orders.list_open",
          recommendation: "Join order_lines.",
        },
      ],
      traceIds: ["0af7651916cd43dd8448eb211c80319c"],
    }),
  });
  const verdicts = rules.map((rule) => ({ rule, verdict: verdictOf(rule, 1234.5678) }));
  machine.apply({
    atMs: startMs - (rules[0]?.forSeconds ?? 0) * 1000,
    verdicts,
    configurationHash: "one",
    source: "stream",
  });
  const [first, ...rest] = machine.apply({
    atMs: startMs,
    verdicts,
    configurationHash: "one",
    source: "stream",
  });
  if (first === undefined) throw new Error("nothing fires");
  const { environment, namespace, service } = first.alert.subject;
  return {
    id: first.id,
    kind: "firing",
    group: { kind: "firing", severity: first.alert.severity, environment, namespace, service },
    receivers: ["test"],
    transitions: [first, ...rest],
    omitted: 0,
    episodeIds: [first.id, ...rest.map(({ id }) => id)],
    plannedAtMs: startMs,
    ...change,
  };
}

export const routeRule = latencyRule("core-erp", {
  subject: subject("core-erp", "GET /api/orders"),
  forSeconds: 60,
});

import type { Alert } from "@kontor/observer/alerts/alert";
import {
  type AlertViewContext,
  listAlertGroups,
  listGettableAlerts,
} from "@kontor/observer/alerts/alertmanager/v2-alerts";
import { toGettableSilence, toSilenceInput } from "@kontor/observer/alerts/alertmanager/v2-silences";
import { toAlertmanagerStatus } from "@kontor/observer/alerts/alertmanager/v2-status";
import { parseMatcher } from "@kontor/observer/alerts/matcher";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { notificationOf, routeRule } from "../receivers/notification.ts";
import { cpuRule, latencyRule, startMs } from "../timetable.ts";

function alertOf(rule = latencyRule("core-erp"), change: Partial<Alert> = {}): Alert {
  return { ...notificationOf([rule]).transitions[0].alert, ...change };
}

const alerts = [
  alertOf(routeRule),
  alertOf(cpuRule("gateway", { severity: "warning" })),
  alertOf(latencyRule("auth"), { state: "noData", reason: "no data since noon" }),
  alertOf(latencyRule("pending"), { state: "pending" }),
  alertOf(latencyRule("resolved"), { state: "resolved" }),
];

const context: AlertViewContext = {
  suppressionOf: ({ subject }) =>
    subject.service === "gateway" ? { silencedBy: ["s1"], inhibitedBy: [] } : undefined,
  settings: {
    receivers: [
      { name: "mail", severities: ["critical", "warning"], repeatIntervalSeconds: 60 },
      { name: "hook", severities: ["critical"], repeatIntervalSeconds: 60 },
    ],
  },
  publicUrl: "http://observer.test",
  atMs: startMs,
};

/** The required fields of `gettableAlert` in Alertmanager's OpenAPI document. */
const gettableAlert = z.strictObject({
  labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()),
  annotations: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()),
  receivers: z.array(z.strictObject({ name: z.string() })),
  fingerprint: z.string(),
  startsAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  generatorURL: z.url(),
  status: z.strictObject({
    state: z.enum(["unprocessed", "active", "suppressed"]),
    silencedBy: z.array(z.string()),
    inhibitedBy: z.array(z.string()),
  }),
});

const servicesOf = (query: Parameters<typeof listGettableAlerts>[1]) =>
  listGettableAlerts(alerts, query, context)
    .map(({ labels }) => labels.service)
    .sort();

describe("Alertmanager's API v2", () => {
  it("lists what wants attention, each in the shape that tools read", () => {
    const listed = listGettableAlerts(alerts, {}, context);
    z.array(gettableAlert).parse(listed);
    expect(servicesOf({})).toEqual(["auth", "core-erp", "gateway"]);
    const order = listed.find(({ labels }) => labels.service === "core-erp");
    expect(order).toMatchObject({
      labels: {
        alertname: "latencyP95MsMax",
        endpoint: "GET /api/orders",
        severity: "critical",
        environment: "test",
      },
      receivers: [{ name: "mail" }, { name: "hook" }],
      status: { state: "active" },
    });
    expect(listed.find(({ labels }) => labels.service === "auth")?.annotations.state).toBe("noData");
  });

  it.each([
    [{ silenced: false }, ["auth", "core-erp"]],
    [{ active: false }, ["gateway"]],
    [{ inhibited: false }, ["auth", "core-erp", "gateway"]],
    [{ filter: [parseMatcher('service=~"core.*"')] }, ["core-erp"]],
    [{ filter: [parseMatcher("severity=critical"), parseMatcher("service!=auth")] }, ["core-erp"]],
    [{ receiver: "ho.k" }, ["auth", "core-erp"]],
    [{ receiver: "" }, ["auth", "core-erp", "gateway"]],
  ])("filters by %j", (query, services) => {
    expect(servicesOf(query)).toEqual(services);
  });

  it("groups by service and severity, once for each receiver", () => {
    const groups = listAlertGroups(alerts, {}, context);
    expect(
      groups.map(({ receiver, labels, alerts: members }) => [receiver.name, labels.service, members.length]),
    ).toEqual([
      ["hook", "auth", 1],
      ["hook", "core-erp", 1],
      ["mail", "auth", 1],
      ["mail", "core-erp", 1],
      ["mail", "gateway", 1],
    ]);
    expect(Object.keys(groups[0]?.labels ?? {})).toEqual(["environment", "namespace", "service", "severity"]);
  });

  it("silences keep what was posted; isEqual is true where it is left out", () => {
    const posted = {
      id: "",
      matchers: [{ name: "service", value: "auth", isRegex: false }],
      startsAt: "2026-03-02T00:00:00.000Z",
      endsAt: "2026-03-02T01:00:00Z",
      createdBy: "ops",
      comment: "known",
    };
    const input = toSilenceInput(posted);
    expect(input).not.toHaveProperty("id");
    const shown = toGettableSilence({ ...input, id: "s1", updatedAtMs: startMs }, startMs);
    expect(shown).toMatchObject({
      id: "s1",
      status: { state: "active" },
      matchers: [{ name: "service", value: "auth", isRegex: false, isEqual: true }],
      startsAt: posted.startsAt,
      endsAt: "2026-03-02T01:00:00.000Z",
    });
  });

  it("says what it is", () => {
    expect(
      toAlertmanagerStatus({ startedAtMs: startMs, version: "0.1.0", configuration: "abc" }),
    ).toMatchObject({
      cluster: { status: "disabled" },
      versionInfo: { version: "0.1.0" },
      uptime: "2026-03-02T00:00:00.000Z",
    });
  });
});

import type { Alert } from "@kontor/observer/alerts/alert";
import { compileInhibition } from "@kontor/observer/alerts/inhibition";
import { describe, expect, it } from "vitest";
import { notificationOf } from "./receivers/notification.ts";
import { latencyRule, subject } from "./timetable.ts";

function alertOn(service: string, change: Partial<Alert> = {}): Alert {
  const { alert } = notificationOf([latencyRule(service)]).transitions[0];
  return { ...alert, ...change };
}

function down(service: string, change: Partial<Alert> = {}): Alert {
  return alertOn(service, { rule: "availabilityRatioMin", fingerprint: `down-${service}`, ...change });
}

const dependsOn = new Map([
  ["gateway", ["auth", "core-erp"]],
  ["core-erp", ["postgres"]],
  ["auth", ["postgres"]],
  ["a", ["b"]],
  ["b", ["a"]],
]);

describe("inhibition", () => {
  const cases: [string, Alert[], Alert, string[]][] = [
    ["nothing is down", [alertOn("postgres")], alertOn("core-erp"), []],
    ["what it needs is down", [down("postgres")], alertOn("core-erp"), ["down-postgres"]],
    ["what it needs needs what is down", [down("postgres")], alertOn("gateway"), ["down-postgres"]],
    [
      "both on the way are down, the nearer first",
      [down("postgres"), down("auth")],
      alertOn("gateway"),
      ["down-auth", "down-postgres"],
    ],
    ["its dependant is down", [down("gateway")], alertOn("core-erp"), []],
    ["it is down itself", [down("core-erp")], alertOn("core-erp"), []],
    [
      "it is down, and what it needs is too",
      [down("postgres"), down("core-erp")],
      down("core-erp"),
      ["down-postgres"],
    ],
    [
      "what it needs is recovering",
      [down("postgres", { state: "recovering" })],
      alertOn("core-erp"),
      ["down-postgres"],
    ],
    ["what it needs is up again", [down("postgres", { state: "resolved" })], alertOn("core-erp"), []],
    ["what it needs is only pending", [down("postgres", { state: "pending" })], alertOn("core-erp"), []],
    [
      "the other environment is down",
      [down("postgres", { subject: { ...subject("postgres"), environment: "live" } })],
      alertOn("core-erp"),
      [],
    ],
    [
      "a poll that knows no environment says so",
      [down("postgres", { subject: { environment: "default", namespace: "", service: "postgres" } })],
      alertOn("core-erp"),
      ["down-postgres"],
    ],
    ["two need each other and both are down", [down("a"), down("b")], down("a"), []],
    ["it is not in the table", [down("postgres")], alertOn("mail"), []],
  ];
  it.each(cases)("%s", (_case, alerts, alert, by) => {
    expect(compileInhibition(alerts, dependsOn)(alert)).toEqual(by);
  });
});

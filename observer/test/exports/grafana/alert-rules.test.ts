import { describe, expect, it } from "vitest";
import { z } from "zod";
import { alertRuleProvisioning } from "../../../src/exports/grafana/alert-rules.ts";
import { defaultRuleOptions } from "../../../src/exports/prometheus/to-rule-file.ts";
import { readGood } from "../../config/read.ts";
import { everyKey } from "../prometheus/every-key.ts";

/** What Grafana reads of a rule in a file, by pkg/services/provisioning/alerting/rules_types.go; it passes over all else in silence. */
const rule = z.strictObject({
  uid: z.string().max(40),
  title: z.string(),
  condition: z.string(),
  data: z.array(
    z.strictObject({
      refId: z.string(),
      datasourceUid: z.string(),
      relativeTimeRange: z.strictObject({ from: z.number(), to: z.number() }).optional(),
      model: z.record(z.string(), z.unknown()),
    }),
  ),
  for: z.string(),
  keepFiringFor: z.string(),
  noDataState: z.literal(["KeepLast", "OK", "NoData", "Alerting"]),
  execErrState: z.literal(["KeepLast", "OK", "Error", "Alerting"]),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  isPaused: z.boolean(),
});
const file = z.object({ groups: z.array(z.object({ rules: z.array(rule).min(1) })) });

const rulesOf = () => {
  const read = readGood(JSON.stringify(everyKey()));
  return file.parse(alertRuleProvisioning(read, defaultRuleOptions)).groups.flatMap(({ rules }) => rules);
};

describe("rules of Grafana", () => {
  // Red when: `keepFiringFor` is written `keep_firing_for`, as Prometheus and Grafana's API call it.
  it("say nothing that Grafana would pass over", () => {
    expect(rulesOf().length).toBeGreaterThan(10);
  });

  /** As interpolateValue of pkg/services/provisioning/values/values.go, with no such variables. */
  const inGrafana = (text: string): string =>
    text
      .split("$$")
      .map((part) => part.replace(/\$(\w+|\{[^}]*\})/g, ""))
      .join("$");

  // Red when: the dollars of labels are not doubled.
  it("keep the templates of labels, in which Grafana replaces variables", () => {
    for (const { labels } of rulesOf()) {
      expect(inGrafana(labels.service ?? "")).toBe("{{ $labels.service_name }}");
      expect(inGrafana(labels.environment ?? "")).toBe(
        '{{ or $labels.deployment_environment_name "default" }}',
      );
    }
  });
});

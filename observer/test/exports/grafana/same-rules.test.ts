import { describe, expect, it } from "vitest";
import { limitKeyNames } from "../../../src/config/limit-keys.ts";
import { alertRuleProvisioning } from "../../../src/exports/grafana/alert-rules.ts";
import type { AlertingRule, RecordingRule, RuleGroup } from "../../../src/exports/prometheus/rule-file.ts";
import { defaultRuleOptions, toRuleFile } from "../../../src/exports/prometheus/to-rule-file.ts";
import { readGood } from "../../config/read.ts";
import { everyKey, someLimit } from "../prometheus/every-key.ts";

interface GrafanaRule {
  readonly labels: Readonly<Record<string, string>>;
  readonly for: string;
  readonly keepFiringFor: string;
  readonly data: readonly {
    readonly refId: string;
    readonly model: ThresholdModel & { readonly expr?: string };
  }[];
}

interface ThresholdModel {
  readonly conditions?: readonly Record<
    "evaluator" | "unloadEvaluator",
    { type: string; params: number[] }
  >[];
}

function readGrafana(file: object): GrafanaRule[] {
  const provisioning = alertRuleProvisioning(readGood(file), defaultRuleOptions);
  return (provisioning as unknown as { groups: { rules: GrafanaRule[] }[] }).groups.flatMap(
    ({ rules }) => rules,
  );
}

function readPrometheus(file: object): { group: RuleGroup; alert: AlertingRule }[] {
  return toRuleFile(readGood(file)).groups.flatMap((group) =>
    group.rules.flatMap((rule) =>
      "alert" in rule && rule.alert !== "noData" ? [{ group, alert: rule }] : [],
    ),
  );
}

/** What is measured, without what joins method and route around it. */
function bare(group: RuleGroup, suffix: "" | "_count"): string {
  const recorded = group.rules.find(
    (rule): rule is RecordingRule => "record" in rule && rule.record === group.name + suffix,
  );
  const text = recorded?.expr ?? "";
  return (
    /^label_join\(label_replace\((.*), "http_request_method", "\$1", "http_method", "\(\.\+\)"\), /s.exec(
      text,
    )?.[1] ?? text
  );
}

const symbols: Readonly<Record<string, string>> = { gt: ">", lt: "<", lte: "<=", gte: ">=" };

describe("rules of Grafana", () => {
  it("are those of Prometheus, one for one: the same limit, severity and times", () => {
    const describeTimes = (
      name: string,
      { severity, limit }: AlertingRule["labels"],
      lasts: string,
      keeps = "0s",
    ) => `${name} ${severity} ${limit} ${lasts} ${keeps}`;
    const ofGrafana = readGrafana(everyKey()).map(({ labels, for: lasts, keepFiringFor: keeps }) =>
      describeTimes(labels.rule ?? "", labels, lasts, keeps),
    );
    const ofPrometheus = readPrometheus(everyKey()).map(({ alert }) =>
      describeTimes(alert.alert, alert.labels, alert.for, alert.keep_firing_for),
    );
    expect(ofGrafana.toSorted()).toEqual(ofPrometheus.toSorted());
  });

  // Red when: Grafana's query leaves out `minRequests`, reads another signal than what Prometheus records, or compares with `clear`.
  it.each(limitKeyNames)(
    "ask of %s what the recording rules ask, and compare it with the same numbers",
    (key) => {
      const service = { shop: { healthUrl: "http://127.0.0.1:1/health", [key]: { limit: someLimit(key) } } };
      const file = { services: service };
      const [rule, ...others] = readGrafana(file);
      const [{ group, alert } = { group: undefined, alert: undefined }] = readPrometheus(file);
      if (rule === undefined || group === undefined || alert === undefined)
        throw new Error(`${key} has no rule`);
      expect(others).toEqual([]);
      const [query, threshold] = rule.data;
      // Grafana asks for the service's series alone, where Prometheus records all and chooses then.
      const asked = query?.model.expr?.replaceAll(/,?service_name=~"shop"/g, "").replaceAll("{}", "") ?? "";
      expect(asked).toContain(`(${bare(group, "")})`);
      const floor = /_count >= (\d+)/.exec(alert.expr)?.[1];
      expect(asked.includes(") >= ")).toBe(floor !== undefined);
      if (floor !== undefined) expect(asked).toContain(` and (${bare(group, "_count")}) >= ${floor}`);
      const [condition] = threshold?.model.conditions ?? [];
      const compare = (part: "evaluator" | "unloadEvaluator") =>
        `${symbols[condition?.[part].type ?? ""]} ${condition?.[part].params.join()}`;
      expect(alert.expr.split("\n")[0]).toContain(
        `${group.name}{service_name="shop"} ${compare("evaluator")}`,
      );
      expect(alert.expr).toContain(
        `unless (${group.name}{service_name="shop"} ${compare("unloadEvaluator")}`,
      );
    },
  );
});

import type { Configuration } from "../../../src/config/configuration.ts";
import { groupLimits, type LimitGroup, type Names } from "../../../src/exports/limit-groups.ts";
import type { RuleFile } from "../../../src/exports/prometheus/rule-file.ts";
import { toRuleFile } from "../../../src/exports/prometheus/to-rule-file.ts";
import { getSignal } from "../../../src/signals/catalogue.ts";
import { toPrometheusLabel } from "../../../src/store/sources/prometheus/metric-name.ts";
import { routeAttributes } from "../../../src/store/sources/subject-attributes.ts";
import { type Phase, toRawSeries } from "./raw-series.ts";

const stepSeconds = 5;

/** Whether the alert of a limit fires so many seconds after the beginning. */
interface Expectation {
  readonly atSeconds: number;
  readonly firing: boolean;
}

/** The tests of one group of rules: the name of the file of rules they want, and what `promtool test rules` reads. */
export interface RuleTests {
  readonly ruleFile: string;
  readonly rules: RuleFile;
  readonly tests: object;
}

/**
 * For every limit of a configuration a test: good, over the limit for as long as it may be and longer, between `clear` and the limit,
 * silent, good again. Each group of rules stands in a file of its own, for promtool evaluates whole files.
 */
export function toRuleTests(configuration: Configuration): RuleTests[] {
  const limits = groupLimits(configuration);
  return toRuleFile(configuration).groups.map((group, index) => {
    const names = new Set(group.rules.map((rule) => ("alert" in rule ? rule.alert : "")));
    const ruleFile = `rules-${index}.yml`;
    return {
      ruleFile,
      rules: { groups: [group] },
      tests: {
        rule_files: [ruleFile],
        evaluation_interval: `${stepSeconds}s`,
        tests: limits.filter(({ limit }) => names.has(limit.key)).map((limit) => toTest(limit)),
      },
    };
  });
}

function toTest(group: LimitGroup): object {
  const { limit, selectors } = group;
  const [selector] = selectors;
  const { phases, expectations } = toTimetable(limit);
  const route = pick(selector?.routes ?? { all: true, names: [] }, "GET /somewhere");
  const labels = {
    deployment_environment_name: "test",
    service_name: pick(selector?.services ?? { all: true, names: [] }, "some-service"),
    service_instance_id: "1",
    ...(limit.definition.level === "route" ? toRouteLabels(route) : {}),
  };
  const [reading] = getSignal(limit.definition.signal).readings;
  const matchers = `alertname="${limit.key}",severity="${limit.severity}",limit="${limit.limit}",alertstate="firing"`;
  return {
    name: `${limit.key} ${limit.limit} ${limit.severity}`,
    interval: `${stepSeconds}s`,
    input_series: toRawSeries(reading, phases, labels, stepSeconds),
    promql_expr_test: expectations.map(({ atSeconds, firing }) => ({
      expr: `count(ALERTS{${matchers}}) or vector(0)`,
      eval_time: `${atSeconds}s`,
      exp_samples: [{ labels: "{}", value: firing ? 1 : 0 }],
    })),
  };
}

function pick({ all, names }: Names, other: string): string {
  return all ? other : (names[0] ?? other);
}

function toRouteLabels(route: string): Record<string, string> {
  const [method = "", path = ""] = route.split(" ");
  return Object.fromEntries(
    routeAttributes.map((name, index) => [toPrometheusLabel(name), index === 0 ? method : path]),
  );
}

function toTimetable(limit: LimitGroup["limit"]): { phases: Phase[]; expectations: Expectation[] } {
  const isMax = limit.definition.bound === "max";
  const good = isMax ? limit.clear * 0.5 : toGoodMin(limit);
  const bad = isMax ? toBadMax(limit) : limit.limit * 0.5;
  const between = (limit.limit + limit.clear) / 2;
  const window = limit.windowSeconds + stepSeconds;
  const phases: Phase[] = [];
  const expectations: Expectation[] = [];
  let passed = 0;
  const pass = (value: Phase["value"], seconds: number) => {
    const steps = Math.ceil(seconds / stepSeconds);
    phases.push({ value, steps });
    passed += steps * stepSeconds;
  };
  const expect = (firing: boolean, beforeEnd = stepSeconds) =>
    expectations.push({ atSeconds: passed - beforeEnd, firing });

  pass(good, window + 30);
  expect(false);
  if (limit.forSeconds >= 2 * stepSeconds) {
    pass(bad, limit.forSeconds - stepSeconds);
    expect(false);
  }
  pass(bad, window + limit.forSeconds + 2 * stepSeconds);
  expect(true);
  // Where nothing lies between, as with a limit of 0, there is no such phase.
  if (limit.clear !== limit.limit) {
    pass(between, window + limit.keepFiringSeconds + 30);
    expect(true);
  }
  if (!isRate(limit)) {
    pass("silent", window + limit.keepFiringSeconds + 30);
    expect(true);
  }
  pass(good, window + limit.keepFiringSeconds + 4 * stepSeconds);
  expect(false);
  return { phases, expectations };
}

/** A rate shrinks while its window empties, and so ends an alert that silence should not end: a difference that the export lists. */
function isRate({ definition }: LimitGroup["limit"]): boolean {
  const [reading] = getSignal(definition.signal).readings;
  const { kind } = reading.kind === "quotient" ? reading.dividend : reading;
  return kind === "counterRate" || kind === "timeShare" || kind === "eventRate";
}

function toBadMax({ definition, limit }: LimitGroup["limit"]): number {
  return definition.unit === "ratio" ? (1 + limit) / 2 : limit * 1.5 + 1;
}

function toGoodMin({ definition, clear }: LimitGroup["limit"]): number {
  return definition.unit === "ratio" ? 1 : clear * 1.5;
}

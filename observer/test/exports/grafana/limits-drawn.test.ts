import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { Configuration } from "../../../src/config/configuration.ts";
import { findLimitDefinition, type LimitName } from "../../../src/config/limit-keys.ts";
import { perQueue } from "../../../src/exports/grafana/dashboards/collector.ts";
import type { Panel } from "../../../src/exports/grafana/model.ts";
import {
  perInstance,
  perRoute,
  perService,
  perSubject,
  signalExpression,
} from "../../../src/exports/grafana/signal-panels.ts";
import { listDashboards } from "../../../src/exports/grafana/to-grafana-files.ts";
import { readGood } from "../../config/read.ts";
import { everyKey } from "../prometheus/every-key.ts";

const views = [perService, perSubject, perRoute, perInstance, perQueue];

/** Every limit that holds for somebody, by the name of its rule. */
function listKeys({ unnamedService, services }: Configuration): Set<LimitName> {
  const all = [unnamedService, ...services.values()].flatMap(({ limits, routeLimits }) => [
    ...limits,
    ...routeLimits,
  ]);
  const ofEndpoints = [...services.values()].flatMap(({ endpoints }) =>
    [...endpoints.values()].flatMap(({ limits }) => limits),
  );
  return new Set([...all, ...ofEndpoints].map(({ key }) => key));
}

/** Limits of which no graph shows the values and the limit together. */
function findUndrawn(configuration: Configuration, panels: readonly Panel[]): LimitName[] {
  return [...listKeys(configuration)].filter((key) => {
    const definition = findLimitDefinition(key);
    if (definition === undefined) return true;
    const values = new Set(views.map((view) => signalExpression(definition.signal, view)));
    return !panels.some((panel) => hasLimit(panel) && hasQuery(panel, values));
  });
}

function hasQuery({ targets = [] }: Panel, values: ReadonlySet<string>): boolean {
  return targets.some(
    (target) => "expr" in target && values.has(target.expr.replace(/ or vector\(0\)$/, "")),
  );
}

function hasLimit({ type, targets = [], fieldConfig }: Panel): boolean {
  const steps = fieldConfig?.defaults.thresholds.steps ?? [];
  const lines = targets.some((target) => "legendFormat" in target && target.legendFormat.startsWith("limit"));
  return type === "timeseries" && (steps.length > 1 || lines);
}

const panelsOf = (configuration: Configuration): Panel[] =>
  listDashboards(configuration).flatMap(({ dashboard }) => dashboard.panels);

describe.each([
  ["the shipped file", await readFile(new URL("../../../../observer_config.json", import.meta.url), "utf8")],
  ["a file with every key", everyKey()],
])("limits of %s", (_, file) => {
  const configuration = readGood(file);

  // Red when: `drawn` of other-limits.ts names a key that no panel draws, or a panel of a limit is left out of its dashboard.
  it("are all drawn beside their values", () => {
    expect(findUndrawn(configuration, panelsOf(configuration))).toEqual([]);
  });

  it("are named when their panel is missing", () => {
    const without = panelsOf(configuration).filter(({ title }) => !/p95 by endpoint/.test(title));
    expect(findUndrawn(configuration, without)).toEqual(["latencyP95MsMax"]);
  });
});

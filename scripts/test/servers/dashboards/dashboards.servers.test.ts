import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findUnguardedRoutes } from "../../../checks/critical-routes.ts";
import { listRules } from "../../../clients/observer-client.ts";
import { turnFault } from "../../../faults/turn-fault.ts";
import { openTemporaryFolder } from "../../../start/temporary-folder.ts";
import { repository } from "../../../starter/install.mjs";
import { runKontor } from "../../cli/run-kontor.ts";
import { eventually } from "../../start/eventually.ts";
import { queryPrometheus, readJaegerTrace } from "../backends.ts";
import { askAll, findSyntaxProblem, labelValues, listExemplarTraces, type Shown } from "./ask.ts";
import { type FullSystem, openFullSystem, sendRefusable, startWorkingDay } from "./loaded-system.ts";
import { startLosingCollector } from "./losing-collector.ts";
import {
  listAnnotationQueries,
  listPanelQueries,
  listRuleQueries,
  listVariableQueries,
  type PanelQuery,
  withoutFallback,
} from "./panel-queries.ts";

const waitMs = 90_000;
/** A test waits for several things at most. */
const timeout = 2 * waitMs;
/** Low enough for two busy cores. */
const flowsPerSecond = 6;

const panels = listPanelQueries("core-erp").map(withoutFallback);
const queries = [...panels, ...listAnnotationQueries(), ...listRuleQueries()];

/** What shows something only after something went wrong; the last test makes it go wrong. */
const shownOnTrouble =
  /\/ (Findings|Findings by (state|endpoint)|Findings open|Time lost .*|Alerts firing|Alerts by rule|Lost or failed|Refused and turned away) \/|annotation Alerts|at most 0 a minute|_(refused|failed)_.*perMinuteMax/;

/** What counts telemetry that is gone; the last test loses some of each kind. */
const losses = queries.filter(({ text }) => /exporter_\w*failed_/.test(text));

/** Units of what grows with use. */
const isOfUse = ({ name, unit = "" }: PanelQuery): boolean =>
  ["reqps", "ops", "cpm"].includes(unit) || /Time spent by endpoint|What requests wait for/.test(name);

/** Units of use that do not follow it, with the reason. */
const steady: readonly (readonly [RegExp, string])[] = [
  [/collector\.json \/ (Accepted|Sent) \/ B/, "points are sent by the clock"],
  [/Collections by kind/, "a process at rest collects what its own measuring leaves"],
  [/Refused|Lost or failed|at most 0 a minute|Diagnosed \/ B/, "they count what went wrong"],
];
/** Points, which are sent by the clock, stand among spans and logs here: a line of them has to move. */
const mixed = /Through the processors|observer\.json \/ Accepted/;

const isOf = (table: readonly (readonly [RegExp, string])[], name: string): boolean =>
  table.some(([pattern]) => pattern.test(name));

const resources = new AsyncDisposableStack();
let full: FullSystem;
let work: AsyncDisposable;
let loaded: Map<string, Shown[]>;

beforeAll(async () => {
  full = resources.use(await openFullSystem());
  work = resources.use(await startWorkingDay(full.system, flowsPerSecond));
}, 240_000);
afterAll(() => resources.disposeAsync(), 60_000);

/** Names of queries that show nothing, or not what is waited for, once all had time to; with what a server said against the last try. */
async function findEmpty(
  wanted: readonly PanelQuery[],
  isThere = (shown: readonly Shown[]) => shown.length > 0,
): Promise<string[]> {
  let empty = wanted;
  let problem: string | undefined;
  await eventually(async () => {
    problem = undefined;
    // A connection that breaks once is no empty panel.
    const answers = await askAll(full.backends, empty).catch((error: unknown) => {
      problem = String(error);
      return new Map<string, Shown[]>();
    });
    empty = empty.filter(({ name }) => !isThere(answers.get(name) ?? []));
    return empty.length === 0;
  }, waitMs).catch(() => {});
  return [...empty.map(({ name }) => name), ...(problem === undefined ? [] : [problem])];
}

const isAboveZero = (shown: readonly Shown[]): boolean => shown.some(({ value }) => value > 0);

const seenRoutes =
  'sum by (service_name, http_request_method, http_route) (http_server_request_duration_seconds_count{http_route!=""})';

describe("every query of dashboards, annotations and alert rules", { timeout }, () => {
  it("is taken by the parser of the server that answers it", async () => {
    const problems = await Promise.all(queries.map((query) => findSyntaxProblem(full.backends, query)));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it.each([
    ["promql", "sum(rate(x_total[5m])"],
    ["flux", 'from(bucket: "a") |> range('],
    ["logql", "{service_name="],
  ] as const)("in %s would be refused with a mistake in it", async (language, text) => {
    expect(await findSyntaxProblem(full.backends, { language, text })).toContain(text);
  });

  // Red when: a panel reads a metric that nobody sends, such as `db_client_operation_duration_second_bucket`.
  it("shows something under load", async () => {
    expect(await findEmpty(queries.filter(({ name }) => !shownOnTrouble.test(name)))).toEqual([]);
    const bad = {
      name: "a panel of nothing",
      language: "promql",
      text: "never_sent",
      isInstant: false,
    } as const;
    expect((await askAll(full.backends, [bad])).get(bad.name)).toEqual([]);
  });

  it("offers environments, services and routes to choose from", async () => {
    const found = await Promise.all(
      listVariableQueries().map(async ({ name, selector, label }) => ({
        name,
        values: await labelValues(full.backends.prometheus, selector, label),
      })),
    );
    expect(found.filter(({ values }) => values.length === 0)).toEqual([]);
    const offered = (variable: string) => found.find(({ name }) => name.endsWith(`$${variable}`))?.values;
    expect(offered("service")).toEqual(expect.arrayContaining(["gateway", "core-erp", "otel-collector"]));
    expect(offered("route")).toContain("/api/orders");
  });

  // Red when: the collector's span_metrics keep no exemplars, or Prometheus stores none.
  it("with exemplars leads to traces that Jaeger has", async () => {
    for (const { name, text } of panels.filter(({ hasExemplars }) => hasExemplars)) {
      const [traceId = ""] = (await listExemplarTraces(full.backends.prometheus, text)).slice(-1);
      const spans = await eventually(async () => {
        const found = await readJaegerTrace(full.backends.jaeger, traceId);
        return found.length > 0 && found;
      }, waitMs).catch(() => []);
      expect(spans, `${name}: ${traceId}`).not.toEqual([]);
    }
  });
});

describe("the contract of configuration and telemetry", { timeout }, () => {
  const deadThresholds = z.object({ deadThresholds: z.array(z.object({ path: z.string() })).nullable() });
  const check = async (file: string) => {
    const { out, code } = await runKontor(["check", file, "--strict", "--json"], {
      OBSERVER_URL: full.system.urls.observer,
    });
    const dead = deadThresholds.parse(JSON.parse(out)).deadThresholds?.map(({ path }) => path);
    return { code, dead };
  };

  it("has no threshold without data", async () => {
    const file = join(repository, "observer_config.json");
    let found = await check(file);
    await eventually(async () => {
      if (found.code !== 0) found = await check(file);
      return found.code === 0;
    }, waitMs).catch(() => {});
    expect(found).toEqual({ code: 0, dead: [] });
  });

  it("names a threshold without data", async () => {
    await using folder = await openTemporaryFolder("system");
    const shipped = JSON.parse(await readFile(join(repository, "observer_config.json"), "utf8"));
    shipped.services["core-erp"].endpoints["GET /api/nobody"] = { latencyP95MsMax: 100 };
    const file = join(folder.path, "observer_config.json");
    await writeFile(file, JSON.stringify({ ...shipped, $schema: undefined }));
    expect(await check(file)).toEqual({
      code: 1,
      dead: ['services.core-erp.endpoints["GET /api/nobody"]'],
    });
  });

  // Red when: the observer compiles no rule for routes that the file does not name.
  it("has a limit of latency and of errors on every route that answers", async () => {
    const routes = (await queryPrometheus(full.backends.prometheus, seenRoutes)).map(({ labels }) => ({
      service: labels.service_name ?? "",
      endpoint: `${labels.http_request_method} ${labels.http_route}`,
    }));
    expect(routes.length).toBeGreaterThan(10);
    const rules = await listRules({ url: full.system.urls.observer });
    expect(findUnguardedRoutes(routes, rules)).toEqual([]);
    const without = rules.filter(
      ({ rule, endpoint }) => rule !== "latencyP95MsMax" || endpoint !== "GET /api/stock",
    );
    expect(findUnguardedRoutes(routes, without)).toEqual(["core-erp GET /api/stock: no latencyP95MsMax"]);
  });
});

describe("what measures use", { timeout }, () => {
  const measures = panels.filter((query) => isOfUse(query) && !isOf(steady, query.name));
  const sumOf = (shown: readonly Shown[] = []) => shown.reduce((sum, { value }) => sum + value, 0);

  /** Queries that do not show less than half of what they showed under load. */
  function findUnmoved(answers: ReadonlyMap<string, Shown[]>): string[] {
    return measures
      .filter(({ name }) => {
        const before = loaded.get(name) ?? [];
        const after = answers.get(name) ?? [];
        if (!mixed.test(name)) return !(sumOf(after) < sumOf(before) / 2);
        const ofLine = (labels: object) =>
          after.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))?.value ?? 0;
        return !before.some(({ labels, value }) => ofLine(labels) < value / 2);
      })
      .map(({ name }) => name);
  }

  // Red when: a panel of a rate shows a total, or reads `_sum` of something that does not follow the requests.
  it("falls when the load ends", async () => {
    expect(measures.length).toBeGreaterThan(20);
    loaded = await askAll(full.backends, measures);
    expect(measures.filter(({ name }) => sumOf(loaded.get(name)) === 0)).toEqual([]);
    await work[Symbol.asyncDispose]();
    let unmoved: string[] = [];
    await eventually(async () => {
      unmoved = findUnmoved(await askAll(full.backends, measures));
      return unmoved.length === 0;
    }, waitMs).catch(() => {});
    expect(unmoved).toEqual([]);
  });
});

describe("what shows trouble", { timeout }, () => {
  const signal = new AbortController().signal;
  const faults = ["n-plus-one", "errors"];
  const turn = (on: boolean) =>
    Promise.all(faults.map((fault) => turnFault(full.system.urls, fault, on, signal)));

  // Red when: the observer's /metrics leaves out alerts or findings, or a limit or panel is on `otelcol_exporter_send_failed_span`.
  it("shows it once there is some", async () => {
    await turn(true);
    await using _work = await startWorkingDay(full.system, flowsPerSecond / 2);
    await sendRefusable(full.system);
    await using _losing = await startLosingCollector(full.backends.prometheus);
    expect(await findEmpty(queries.filter(({ name }) => shownOnTrouble.test(name)))).toEqual([]);
    expect(losses.length).toBeGreaterThan(0);
    expect(await findEmpty(losses, isAboveZero)).toEqual([]);
    const errors = panels.filter(({ name }) =>
      /\/ (Errors by (service|endpoint)|Worst error ratio) \//.test(name),
    );
    expect(await findEmpty(errors, isAboveZero)).toEqual([]);
    await turn(false);
  });
});

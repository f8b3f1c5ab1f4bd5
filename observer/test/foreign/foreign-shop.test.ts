import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, type Observing, startObserving } from "../cli/observing.ts";
import { type CountedRoute, countedLoad } from "./counted-load.ts";
import { type ForeignPackage, type ForeignService, installForeignShop } from "./foreign-shop.ts";

const windowSeconds = 300;
/** All its owner has to write: how to look at services, none of them by name. */
const configuration = {
  defaults: {
    ...{ windowSeconds, minRequests: 1, latencyP95MsMax: 10_000, errorRatioMax: 0.9 },
    requestsPerSecondMax: 100_000,
  },
};
/** Bounds of `http.server.request.duration`, which stock SDKs use. @source OpenTelemetry semantic conventions, in ms */
const boundsMs = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** The forms in which one and the same program sends, by variables of the OpenTelemetry specification alone. */
const forms: readonly (readonly [name: string, environment: Record<string, string>])[] = [
  ["metrics and traces", {}],
  ["traces only", { OTEL_METRICS_EXPORTER: "none" }],
  ["metrics only", { OTEL_TRACES_EXPORTER: "none" }],
  ["delta temporality", { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta" }],
  ["gzip and JSON", { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }],
];

interface RuleView {
  readonly rule: string;
  readonly service: string;
  readonly endpoint: string | null;
  readonly observed: number;
  readonly count: number;
}

const stack = new AsyncDisposableStack();
let observer: Observing;
let foreign: ForeignPackage;
let stock: ForeignService;

const telemetry = (service: string) => ({
  OTEL_SERVICE_NAME: service,
  OTEL_EXPORTER_OTLP_ENDPOINT: observer.otlpUrl,
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
  OTEL_METRIC_EXPORT_INTERVAL: "1000",
  OTEL_BSP_SCHEDULE_DELAY: "500",
  // Asking the clouds where it runs takes seconds where there is none.
  OTEL_NODE_RESOURCE_DETECTORS: "env,host,os,process",
  OTEL_LOG_LEVEL: "warn",
});

beforeAll(async () => {
  foreign = stack.use(await installForeignShop());
  const { path } = stack.use(await makeFolder());
  const config = join(path, "their-config.json");
  await writeFile(config, JSON.stringify(configuration));
  observer = stack.use(await startObserving(join(path, "data"), { args: ["--config", config] }));
  stock = stack.use(await foreign.start("stock.mjs", telemetry("stock")));
}, 240_000);

afterAll(() => stack.disposeAsync(), 60_000);

async function load({ url }: ForeignService): Promise<ReadonlyMap<string, CountedRoute>> {
  const order = (quantity: number): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ quantity }),
  });
  // One after the other: what the generator waits for itself is no time of the service.
  const products = await countedLoad(url, 30, (index) => [`/products/p-${index}`]);
  const sales = await countedLoad(url, 50, () => ["/reports/sales"]);
  const orders = await countedLoad(url, 80, (index) => ["/orders", order(index % 4)]);
  return new Map([
    ["GET /products/:id", products],
    ["GET /reports/sales", sales],
    ["POST /orders", orders],
  ]);
}

/** The rules of a service, once they have all requests, as of a tick after that: nothing may be counted twice later. */
async function settle(service: string, requests: number): Promise<readonly RuleView[]> {
  const total = (rules: readonly RuleView[]) =>
    rules.filter(({ rule }) => rule === "latencyP95MsMax").reduce((sum, { count }) => sum + count, 0);
  const path = `/api/v1/rules?service=${encodeURIComponent(service)}`;
  const firstAt = await observer.eventually(path, ({ rules, evaluatedAt }) =>
    total(rules) >= requests ? Date.parse(evaluatedAt) : undefined,
  );
  return observer.eventually(path, ({ rules, evaluatedAt }) =>
    Date.parse(evaluatedAt) >= firstAt + 2_000 ? rules : undefined,
  );
}

function bucketOf(ms: number): number {
  const index = boundsMs.findIndex((bound) => ms <= bound);
  return index < 0 ? boundsMs.length : index;
}

describe.each(forms)("a service with stock instrumentation that sends %s", (form, environment) => {
  // Red when: request signals are read from metrics and spans both, or a first export counts as a baseline.
  it("is seen with its routes, every request once, its errors and its p95", async () => {
    const service = `shop: ${form}`;
    await using shop = await foreign.start("shop.cjs", {
      ...telemetry(service),
      ...environment,
      STOCK_URL: stock.url,
    });
    const counted = await load(shop);
    const requests = [...counted.values()].reduce((sum, route) => sum + route.requests, 0);
    const rules = await settle(service, requests);

    const ofRule = (rule: string) =>
      new Map(rules.filter((each) => each.rule === rule).map((each) => [each.endpoint, each]));
    const p95 = ofRule("latencyP95MsMax");
    expect([...p95.keys()].sort()).toEqual([...counted.keys()].sort());
    const errors = ofRule("errorRatioMax");
    for (const [route, known] of counted) {
      expect(p95.get(route)?.count, route).toBe(known.requests);
      expect(errors.get(route)?.observed, route).toBeCloseTo(known.failed / known.requests, 9);
      const { from, to } = known.p95Ms;
      const observed = p95.get(route)?.observed ?? Number.NaN;
      const said = `${route}: ${observed} and ${from} to ${to} ms`;
      expect(bucketOf(observed), said).toBeGreaterThanOrEqual(bucketOf(from) - 1);
      expect(bucketOf(observed), said).toBeLessThanOrEqual(bucketOf(to) + 1);
    }
    const rate = ofRule("requestsPerSecondMax").get(null)?.observed ?? Number.NaN;
    expect(rate * windowSeconds).toBeCloseTo(requests, 6);
    // Asked of the sender: strangers may have knocked at the observer's port, which others had before.
    expect(await shop.stop()).toEqual([]);
  }, 60_000);
});

describe("two services with stock instrumentation", () => {
  it("are one trace, and each has its own routes", async () => {
    const traces = await observer.eventually("/api/v1/traces?service=stock&limit=1", (body) =>
      body.traces.length > 0 ? body.traces : undefined,
    );
    expect(traces[0].services).toEqual(expect.arrayContaining(["stock"]));
    expect(traces[0].services.length).toBe(2);
    const services = await observer.eventually("/api/v1/services", (body) => body.services);
    const known = services.find((each: { service: string }) => each.service === "stock");
    expect(known.routes).toEqual(["GET /stock/:sku"]);
  });

  it("had nothing refused", async () => {
    expect(await stock.stop()).toEqual([]);
    const { ingest } = await observer.eventually("/api/v1/self", (body) => body);
    expect(ingest.refused, JSON.stringify(ingest.requests.rejected)).toEqual([]);
  });
});

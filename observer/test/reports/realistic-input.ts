import type { DetectorName } from "@kontor/observer/diagnosis/finding";
import { endpointKey, type ReportInput } from "@kontor/observer/reports/report-input";
import type { TrackedFinding } from "@kontor/observer/reports/tracked-finding";
import type { CoursePoint } from "@kontor/observer/store/endpoint-history";
import {
  alertOf,
  deploymentOf,
  effectOf,
  endpointOf,
  findingOf,
  fromMs,
  hourMs,
  inputOf,
  measureOf,
  slotMs,
  toMs,
  transitionOf,
} from "./report-fixture.ts";

const titles: readonly (readonly [DetectorName, string, string, string, string | undefined])[] = [
  [
    "n-plus-one-sql",
    "core-erp",
    "GET /api/orders",
    "N+1: orders.list_lines runs once per row in GET /api/orders",
    "select id, order_id, sku, name, quantity, unit_price_cents from core_erp.order_lines where order_id = $1 order by position",
  ],
  [
    "slow-sql",
    "core-erp",
    "GET /api/items",
    "Slow SQL: items.search reads the whole table",
    "select sku, name, price_cents from core_erp.items where lower(name) like $1 and active order by name limit $2",
  ],
  [
    "serial-calls",
    "gateway",
    "GET /api/customers/:id/overview",
    "Serial calls: three services are asked one after the other",
    undefined,
  ],
  [
    "redundant-sql",
    "core-erp",
    "POST /api/orders",
    "Redundant SQL: customers.get is read 4 times with the same parameters",
    "select id, name, email from core_erp.customers where id = $1",
  ],
  [
    "n-plus-one-http",
    "reporting",
    "GET /api/reports/ageing",
    "N+1 HTTP: GET core-erp /api/customers/:id is called once per row",
    undefined,
  ],
  ["large-payload", "core-erp", "GET /api/stock", "Large payload: GET /api/stock answers 4.1 MB", undefined],
  [
    "chatty-calls",
    "notification",
    "POST /api/notifications",
    "Chatty calls: 62 calls to redis in one request",
    undefined,
  ],
];

function courseOf(service: string, route: string, toP95: (at: number) => number): CoursePoint[] {
  return Array.from({ length: 48 }, (_, at) => {
    const p95Ms = toP95(at) * (1 + 0.08 * Math.sin(at * 2.7) + 0.05 * Math.sin(at * 1.3));
    const where = { environment: "default", namespace: "", service, route };
    return { ...where, atMs: fromMs + at * slotMs, requests: 200 + at, p50Ms: p95Ms * 0.42, p95Ms };
  });
}

/** One is accepted, one came back, one was mended as somebody said. */
function stateOf(at: number): Partial<TrackedFinding> {
  if (at === 5) return { state: "reopened", stateSinceMs: toMs - 7 * hourMs };
  if (at === 3) {
    const applied = {
      atMs: fromMs + 11 * hourMs,
      version: "1.5.0",
      by: "Ada",
      note: "lines are read at once",
    };
    return { state: "applied", stateSinceMs: fromMs + 11 * hourMs, applied };
  }
  if (at !== 1) return {};
  const acknowledgement = {
    author: "Jörg Müller",
    reason: "trigram index comes with release 1.6",
    atMs: toMs - 30 * hourMs,
    untilMs: toMs + 72 * hourMs,
  };
  return { state: "acknowledged", stateSinceMs: toMs - 30 * hourMs, acknowledgement };
}

/** A day of a small system in trouble, as a reader would meet it. */
export function realisticInput(): ReportInput {
  const findings = titles.map(([detector, service, route, title, statement], at) => {
    const scale = 1 / (1 + at * 0.9);
    const slots = Array.from({ length: 48 }, (_, slot) => {
      const day = 1 + Math.sin(((slot - 10) / 48) * 2 * Math.PI) * 0.7;
      const gone = at === 0 ? (slot < 31 ? 0.35 : 1.6) : at === 3 && slot >= 22 ? 0 : 1;
      const occurrences = Math.round(140 * scale * day * gone);
      return { atMs: fromMs + slot * slotMs, occurrences, lostMs: occurrences * 412 * scale };
    }).filter(({ occurrences }) => occurrences > 0);
    const occurrences = slots.reduce((sum, one) => sum + one.occurrences, 0);
    const lostMs = slots.reduce((sum, one) => sum + one.lostMs, 0);
    return findingOf(at, {
      ...{ detector, service, route, title, statement, occurrences, lostMs, expectedGainMs: 390 * scale },
      place: route,
      recommendation: `${title.split(": ")[1]}: 37 times in one request of ${route}, 412 ms of its 598 ms. Only the parameters differ, so read all rows at once: \`where order_id = any($1)\`, and share them out in memory. One run takes 11 ms, so about 401 ms would be saved.`,
      lastSeenMs: at === 3 ? fromMs + 22 * slotMs : toMs - 40_000,
      ...stateOf(at),
      use: { slots, expectedGainMs: lostMs * 0.93 },
    });
  });
  findings.push(
    findingOf(20, {
      title: "Slow SQL: stock.movements reads the whole table",
      detector: "slow-sql",
      route: "GET /api/stock/movements",
      ...{ state: "resolved", stateSinceMs: fromMs + 2 * hourMs },
      lastSeenMs: fromMs - 5 * hourMs,
      occurrences: 0,
      lostMs: 0,
    }),
  );
  const deployments = [
    deploymentOf("core-erp", "1.4.0", fromMs - 90 * hourMs),
    {
      ...deploymentOf("core-erp", "1.5.0", fromMs + 11 * hourMs),
      announcedBy: "ci",
      note: "orders read with one statement",
    },
    deploymentOf("gateway", "2.1.3", fromMs + 15.5 * hourMs),
  ];
  const newest = deployments[1] ?? deploymentOf("core-erp", "1.5.0", fromMs);
  const endpoints = [
    endpointOf("core-erp", "GET /api/orders", {
      requests: 18_412,
      failed: 31,
      totalMs: 7_200_000,
      p50Ms: 262,
      p95Ms: 812,
      p99Ms: 1_420,
      slowestMs: 3_912,
    }),
    endpointOf("core-erp", "GET /api/items", {
      requests: 42_318,
      failed: 12,
      totalMs: 5_200_000,
      p50Ms: 84,
      p95Ms: 402,
      p99Ms: 690,
      slowestMs: 1_204,
    }),
    endpointOf("gateway", "GET /api/customers/:id/overview", {
      requests: 9_120,
      p50Ms: 190,
      p95Ms: 520,
      p99Ms: 800,
      totalMs: 2_100_000,
    }),
    endpointOf("core-erp", "POST /api/orders", {
      requests: 6_204,
      failed: 94,
      p50Ms: 120,
      p95Ms: 312,
      totalMs: 900_000,
    }),
    endpointOf("reporting", "GET /api/reports/ageing", {
      requests: 312,
      p50Ms: 1_240,
      p95Ms: 2_810,
      p99Ms: 4_100,
      totalMs: 460_000,
      slowestMs: 6_200,
    }),
    endpointOf("auth", "POST /api/auth/login", {
      requests: 2_410,
      failed: 3,
      p50Ms: 61,
      p95Ms: 92,
      totalMs: 150_000,
    }),
    endpointOf("notification", "POST /api/notifications", {
      requests: 5_120,
      p50Ms: 41,
      p95Ms: 130,
      totalMs: 260_000,
    }),
    endpointOf("core-erp", "GET /api/stock", { requests: 3_020, p50Ms: 210, p95Ms: 470, totalMs: 700_000 }),
  ];
  const firing = alertOf({
    firedAtMs: toMs - 2.2 * hourMs,
    sinceMs: toMs - 2.2 * hourMs,
    findings: findings.slice(0, 1).map(({ finding }) => finding),
  });
  const over = alertOf({
    fingerprint: "b2",
    rule: "errorRatioMax",
    route: "POST /api/orders",
    unit: "ratio",
    limit: 0.01,
    observed: 0.043,
    severity: "warning",
    firedAtMs: fromMs + 3 * hourMs,
  });
  const cpu = alertOf({
    fingerprint: "c3",
    rule: "cpuRatioMax",
    unit: "ratio",
    limit: 0.7,
    observed: 0.83,
    severity: "warning",
    subject: { environment: "default", namespace: "", service: "core-erp" },
  });
  return inputOf({
    findings,
    endpoints,
    deployments: deployments.toReversed(),
    transitions: [
      transitionOf("pending", "firing", toMs - 2.2 * hourMs, firing, 702),
      transitionOf("recovering", "resolved", fromMs + 4.4 * hourMs, over, 0.004),
      transitionOf("firing", "recovering", fromMs + 4.3 * hourMs, over, 0.006),
      transitionOf("inactive", "firing", fromMs + 3 * hourMs, over, 0.043),
      transitionOf("firing", "resolved", fromMs + 1 * hourMs, { ...cpu, firedAtMs: fromMs - hourMs }, 0.5),
    ],
    activeAlerts: [firing],
    latencyLimits: new Map(
      endpoints.map((one) => [endpointKey(one), one.service === "reporting" ? 2_000 : 500]),
    ),
    courses: [
      ...courseOf("core-erp", "GET /api/orders", (at) => (at < 31 ? 330 : at < 43 ? 450 : 780)),
      ...courseOf("core-erp", "GET /api/items", () => 380),
      ...courseOf("gateway", "GET /api/customers/:id/overview", (at) => 470 + at),
      ...courseOf("core-erp", "POST /api/orders", (at) => (at < 22 ? 310 : 170)),
    ],
    effects: findings.flatMap((one, at) => {
      if (at === 3)
        return [
          effectOf(
            one,
            newest,
            { measure: measureOf(3_120, 40, 560), occurrences: 1_803 },
            { measure: measureOf(2_480, 30, 290), occurrences: 0 },
          ),
        ];
      if (at === 0)
        return [
          effectOf(
            one,
            newest,
            { measure: measureOf(8_900, 80, 620), occurrences: 2_300 },
            { measure: measureOf(7_100, 90, 990), occurrences: 3_100 },
          ),
        ];
      if (at === 1)
        return [
          effectOf(
            one,
            newest,
            { measure: measureOf(9_000, 20, 480), occurrences: 900 },
            { measure: measureOf(12, 20, 470), occurrences: 4 },
          ),
        ];
      return [];
    }),
  });
}

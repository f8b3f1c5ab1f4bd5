import type { Alert } from "@kontor/observer/alerts/alert";
import type { ReportedFinding, ReportSources } from "@kontor/observer/reports/report-input";

const findingCount = 60;
const transitionCount = 400;
const hourMs = 3_600_000;

/** What the state schema would answer for a day: findings with their use, changes of state, and a release of every service at half time. */
export function dayState(
  toMs: number,
): Pick<
  ReportSources,
  "listFindings" | "countOccurrences" | "listTransitions" | "listActiveAlerts" | "listDeployments"
> {
  const fromMs = toMs - 24 * hourMs;
  return {
    listFindings: async ({ slotMs }) =>
      Array.from({ length: findingCount }, (_, at) => findingOf(at, fromMs, toMs, slotMs)),
    countOccurrences: async (windows) => windows.map((_, at) => (at * 37) % 900),
    listTransitions: async () =>
      Array.from({ length: transitionCount }, (_, at) => {
        const atMs = toMs - (at + 1) * 200_000;
        const [from, to] =
          at % 2 === 0 ? (["firing", "resolved"] as const) : (["inactive", "firing"] as const);
        const alert = { ...alertOf((at >> 1) % 50, atMs), state: to };
        return { id: `t${at}`, alert, from, to, atMs, configurationHash: "c0ffee", source: "stream" };
      }),
    listActiveAlerts: async () => [],
    listDeployments: async () =>
      Array.from({ length: 40 }, (_, at) => ({
        ...{ environment: "default", namespace: "", service: `service-${at % 20}` },
        ...{
          version: at < 20 ? "1.5.0" : "1.4.0",
          deployedAtMs: at < 20 ? toMs - 12 * hourMs : fromMs - hourMs,
        },
        ...{ announcedBy: undefined, note: undefined },
      })),
  };
}

function findingOf(at: number, fromMs: number, toMs: number, slotMs: number): ReportedFinding {
  const slots = Array.from({ length: 48 }, (_, slot) => {
    return { atMs: fromMs + slot * slotMs, occurrences: 20, lostMs: 20 * (400 - at * 5) };
  });
  const lostMs = slots.reduce((sum, slot) => sum + slot.lostMs, 0);
  return {
    finding: {
      ...{ fingerprint: at.toString(16).padStart(16, "0"), detector: "n-plus-one-sql", state: "open" },
      ...{ stateSinceMs: fromMs - hourMs, acknowledgement: undefined, applied: undefined, effect: undefined },
      ...{ service: `service-${at % 20}`, route: `GET /api/resource-${at % 10}`, place: "orders.list_lines" },
      title: `N+1: orders.list_lines runs once per row in GET /api/resource-${at % 10}`,
      impact: { occurrences: 5_000, totalTimeMs: 1e6, tracesPerMinute: 1 },
      evidence: [1, 2, 3].map((one) => ({
        traceId: `${one}`.padStart(32, "a"),
        spanIds: ["a"],
        timeMs: 400,
      })),
      statement: "select id, sku, quantity from core_erp.order_lines where order_id = $1 order by position",
      recommendation:
        "It ran 37 times in one request. Read all rows at once: `where order_id = any($1)`, and share them out in memory.",
      ...{ expectedGainMs: 380, firstSeenMs: fromMs - hourMs, lastSeenMs: toMs - 1_000 },
    },
    use: { occurrences: 960, lostMs, expectedGainMs: lostMs * 0.9, slots },
  };
}

function alertOf(at: number, atMs: number): Alert {
  return {
    ...{
      fingerprint: `a${at}`,
      rule: "latencyP95MsMax",
      severity: "critical",
      state: "firing",
      observed: 812,
    },
    subject: {
      ...{
        environment: "default",
        namespace: "",
        service: `service-${at % 20}`,
        route: `GET /api/resource-${at % 10}`,
      },
    },
    ...{
      limit: 500,
      unit: "ms",
      sinceMs: atMs,
      pendingSinceMs: undefined,
      firedAtMs: atMs,
      resolvedAtMs: undefined,
    },
    ...{
      reason: undefined,
      findings: [],
      traceIds: ["a".repeat(32)],
      revision: atMs,
      configurationHash: "c0ffee",
    },
  };
}

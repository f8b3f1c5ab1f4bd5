import { HEALTH_UP } from "@kontor/kit/metric-names";
import { describe, expect, it } from "vitest";
import { toExposition } from "../../src/exports/prometheus/to-exposition.ts";
import type { SelfView } from "../../src/http/api/self.routes.ts";
import { type OwnMetricsInput, toOwnMetrics } from "../../src/http/queries/own-metrics.ts";
import { toOwnPoint } from "../../src/ingest/gauge-point.ts";
import { toResourceRecord } from "../../src/ingest/sender-registry.ts";

const nowMs = 1_000_000;
const self = {
  ticks: { lastAtMs: nowMs - 400, missed: 2, rules: 3 },
  ingest: {
    accepted: { spans: 5, points: 6, logs: 7 },
    refused: [{ kind: "spans", reason: "too_old", count: 4 }],
    requests: { accepted: 1, rejected: { overloaded: 9 } },
  },
  store: { journalLagBytes: 10 },
  traces: { tracesHeld: 11, tracesDiagnosed: 12 },
  delivery: { pending: 13 },
} as unknown as SelfView;

const resource = toResourceRecord({ "service.name": "shop", "deployment.environment.name": "test" });

function read(input: Partial<OwnMetricsInput>): string[] {
  const nothing = { alerts: [], rules: [], findings: undefined, deployments: undefined, points: [] };
  return toExposition(toOwnMetrics({ nowMs, self, ...nothing, ...input })).split("\n");
}

describe("/metrics", () => {
  it("tells of ticks, ingest, store and delivery", () => {
    expect(read({})).toEqual(
      expect.arrayContaining([
        "kontor_observer_tick_age_seconds 0.4",
        "kontor_observer_ticks_missed_total 2",
        'kontor_observer_items_accepted_total{kind="spans"} 5',
        'kontor_observer_items_refused_total{kind="spans",reason="too_old"} 4',
        'kontor_observer_requests_rejected_total{reason="overloaded"} 9',
        "kontor_observer_journal_lag_bytes 10",
        "kontor_observer_traces_held 11",
        "kontor_observer_traces_diagnosed_total 12",
        "kontor_observer_deliveries_pending 13",
      ]),
    );
  });

  it("leaves out what lies in a database that is away", () => {
    expect(read({}).join("\n")).not.toMatch(/kontor_(findings|deployment)/);
  });

  it("gives a health poll as if the service had sent it", () => {
    const point = toOwnPoint({ name: HEALTH_UP, unit: "1", value: 1 }, resource, nowMs);
    expect(read({ points: [point] })).toContain(
      'kontor_health_up_ratio{deployment_environment_name="test",service_name="shop"} 1',
    );
  });

  it("counts rules by their verdict, and times of versions in seconds", () => {
    const lines = read({
      rules: [{ state: "ok" }, { state: "ok" }, { state: "noData" }],
      deployments: [
        {
          ...{ environment: "test", namespace: "", service: "shop", version: "2" },
          ...{ deployedAtMs: 5_000, announcedBy: undefined, note: undefined },
        },
      ],
    });
    expect(lines).toContain('kontor_rules{state="ok"} 2');
    expect(lines).toContain(
      'kontor_deployment_time_seconds{deployment_environment_name="test",service_name="shop",service_version="2"} 5',
    );
  });
});

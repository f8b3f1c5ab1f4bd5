import type { Alert } from "@kontor/observer/alerts/alert";
import type { FingerprintedDetection } from "@kontor/observer/diagnosis/finding";
import { linkFindings } from "@kontor/observer/diagnosis/link-findings";
import { createRecentTraces, type SeenTrace } from "@kontor/observer/diagnosis/recent-traces";
import { createTraceBuffer } from "@kontor/observer/diagnosis/trace-buffer";
import { describe, expect, it } from "vitest";
import { testDiagnosis, traceBuilder } from "./trace-builder.ts";

function alert(
  service: string,
  route?: string,
  rule = "latencyP95MsMax",
  environment = "default",
): Pick<Alert, "subject" | "rule"> {
  return {
    rule,
    subject: { environment, namespace: "", service, ...(route === undefined ? {} : { route }) },
  };
}

function detection(
  fingerprint: string,
  timeMs: number,
  ...sufferers: [string, string][]
): FingerprintedDetection {
  const [service, route] = sufferers.at(-1) ?? ["shop", "GET /a"];
  return {
    ...{
      fingerprint,
      detector: "n-plus-one-sql",
      service,
      route,
      place: "p",
      causeKey: "c",
      title: `t ${fingerprint}`,
    },
    ...{
      recommendation: "r",
      statement: undefined,
      count: 5,
      timeMs,
      expectedGainMs: timeMs,
      evidenceSpanIds: [],
    },
    sufferers: sufferers.map(([name, path]) => ({ service: name, route: path })),
  };
}

function seen(
  traceId: string,
  durationMs: number,
  detections: readonly FingerprintedDetection[],
  failed = false,
): SeenTrace {
  const place = { environment: "default", namespace: "" };
  return {
    ...{ traceId, atMs: 0, detections },
    requests: [
      { ...place, service: "gateway", route: "GET /api/a", durationMs, failed },
      { ...place, service: "shop", route: "GET /a", durationMs: durationMs - 5, failed },
    ],
  };
}

const both: [string, string][] = [
  ["gateway", "GET /api/a"],
  ["shop", "GET /a"],
];

describe("the findings of an alert", () => {
  it("are those its route waited for, by time lost, its own or downstream", () => {
    const traces = [
      seen("t1", 500, [detection("small", 100, ...both), detection("large", 300, ...both)]),
      seen("t2", 900, [detection("large", 400, ...both)]),
    ];
    for (const about of [alert("shop", "GET /a"), alert("gateway", "GET /api/a"), alert("shop")]) {
      const links = linkFindings(about, traces);
      expect(links.findings.map((one) => one.fingerprint)).toEqual(["large", "small"]);
      expect(links.traceIds).toEqual(["t2", "t1"]);
    }
  });

  // Red when: explains() looks at the trace instead of at the sufferers.
  it("are not those of other routes in the same trace", () => {
    const traces = [
      seen("t1", 500, [detection("other", 100, ["gateway", "GET /api/a"], ["mailer", "POST /mail"])]),
    ];
    expect(linkFindings(alert("shop", "GET /a"), traces).findings).toEqual([]);
    expect(linkFindings(alert("mailer", "POST /mail"), traces).findings).toEqual([]);
    expect(linkFindings(alert("gateway", "GET /api/a"), traces).findings).toHaveLength(1);
  });

  it("are none in another environment", () => {
    const traces = [seen("t1", 500, [detection("x", 100, ...both)])];
    expect(linkFindings(alert("shop", "GET /a", "latencyP95MsMax", "staging"), traces)).toEqual({
      findings: [],
      traceIds: [],
    });
  });

  it("are at most five, and so are the traces", () => {
    const traces = Array.from({ length: 9 }, (_, i) =>
      seen(`t${i}`, 500 + i, [detection(`f${i}`, i, ...both)]),
    );
    const links = linkFindings(alert("shop"), traces);
    expect([links.findings.length, links.traceIds.length]).toEqual([5, 5]);
  });
});

describe("the traces of an alert without a finding", () => {
  it("are the slowest requests, or for an error rule the failed ones", () => {
    const traces = [seen("fast", 10, []), seen("slow", 900, []), seen("broken", 20, [], true)];
    expect(linkFindings(alert("shop", "GET /a"), traces).traceIds).toEqual(["slow", "broken", "fast"]);
    expect(linkFindings(alert("shop", "GET /a", "errorRatioMax"), traces).traceIds).toEqual(["broken"]);
  });
});

describe("recent traces", () => {
  it("keep of each route the slowest and the failed, and all with detections, from the buffer to the alert", () => {
    const recent = createRecentTraces({ keepMs: 60_000 });
    const bounds = {
      quietMs: 5_000,
      ageMsMax: 60_000,
      spansMax: 1e6,
      tracesMax: 1e5,
      spansPerTraceMax: 1e4,
      finishedSpansMax: 0,
      bytesMax: 1e8,
    };
    const buffer = createTraceBuffer({ settings: bounds, diagnosis: testDiagnosis(), onTrace: recent.add });
    for (let i = 1; i <= 500; i += 1) {
      const t = traceBuilder(i);
      const root = t.request("GET /a", { at: 0, ms: i, failed: i === 3 });
      const count = i === 7 ? 10 : 0;
      for (let run = 0; run < count; run += 1) {
        t.sql("select * from l where o = $1", { parent: root, at: run * 13, ms: 12, hash: `${run}` });
      }
      buffer.add(t.spans, i);
    }
    buffer.tick(6_000);
    const traces = recent.list(0);
    expect(traces.length).toBeLessThan(20);
    const links = linkFindings(alert("shop", "GET /a"), traces);
    expect(links.findings).toHaveLength(1);
    expect(links.traceIds.map((id) => Number.parseInt(id, 16))).toEqual([7, 500, 499, 498, 497]);
    expect(linkFindings(alert("shop", "GET /a", "errorRatioMax"), traces).traceIds).toContain(
      traceBuilder(3).traceId,
    );
    expect(recent.list(6_001)).toEqual([]);
  });

  it("are forgotten in their time", () => {
    const recent = createRecentTraces({ keepMs: 1_000 });
    const bounds = {
      quietMs: 0,
      ageMsMax: 60_000,
      spansMax: 1e6,
      tracesMax: 1e5,
      spansPerTraceMax: 1e4,
      finishedSpansMax: 0,
      bytesMax: 1e8,
    };
    const buffer = createTraceBuffer({ settings: bounds, diagnosis: testDiagnosis(), onTrace: recent.add });
    for (let i = 1; i <= 5; i += 1) {
      const t = traceBuilder(i);
      t.request("GET /a", { at: 0, ms: 5 });
      buffer.add(t.spans, i * 1_000);
      buffer.tick(i * 1_000);
    }
    expect(recent.list(0).map(({ atMs }) => atMs)).toEqual([4_000, 5_000]);
  });
});

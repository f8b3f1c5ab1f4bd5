import { readFileSync } from "node:fs";
import { shippedConfiguration } from "@kontor/kit/testing/servers/backend-file";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { pruneCollector } from "../../../start/full/prune-collector.ts";

const gateway = readFileSync(shippedConfiguration("gateway.yaml"), "utf8");

function prune(...absent: string[]) {
  const { service, connectors, exporters } = parse(pruneCollector(gateway, absent));
  return {
    pipelines: service.pipelines,
    connectors: Object.keys(connectors),
    exporters: Object.keys(exporters),
  };
}

describe("a gateway without some of its backends", () => {
  it("is the shipped one when none is missing", () => {
    expect(pruneCollector(gateway, [])).toBe(gateway);
  });

  // Red when: a pipeline without exporters, or a connector that nobody receives from, is left in.
  it("loses the pipelines that lead nowhere, and what fed them", () => {
    const { pipelines, connectors, exporters } = prune("otlp_grpc/jaeger", "influxdb");
    expect(Object.keys(pipelines)).toEqual(["traces", "metrics", "metrics/cumulative", "logs", "logs/loki"]);
    expect(pipelines.traces.exporters).toEqual(["otlp_http/observer", "span_metrics", "service_graph"]);
    expect(pipelines["metrics/cumulative"].exporters).toEqual(["otlp_http/prometheus"]);
    expect(connectors).toEqual(["forward/metrics", "forward/logs", "span_metrics", "service_graph"]);
    expect(exporters).toEqual(["otlp_http/observer", "otlp_http/prometheus", "otlp_http/loki"]);
  });

  it("with no backend at all still feeds the observer", () => {
    const { pipelines, connectors } = prune(
      "otlp_http/prometheus",
      "influxdb",
      "otlp_grpc/jaeger",
      "otlp_http/loki",
    );
    expect(connectors).toEqual([]);
    for (const name of ["traces", "metrics", "logs"]) {
      expect(pipelines[name].exporters).toEqual(["otlp_http/observer"]);
    }
    expect(Object.keys(pipelines)).toHaveLength(3);
  });
});

import { type ServerName, serverVersions } from "@kontor/kit/testing/servers/server-versions";
import type { BuildTool } from "./build-tools.ts";

/** A program built from a public Go module that its makers publish. */
export type GoRecipe = {
  how: "go";
  module: string;
  /** Of the module, which need not be the version of the product. */
  moduleVersion: string;
  /** Binary to be made, and its package within the module; empty where the module is the program. */
  packages: Readonly<Record<string, string>>;
  tags?: string;
  /** Further programs that the build needs. */
  needs: readonly BuildTool[];
  /** A Go package of a program named `pkg-config` that the build wants to use as such. */
  pkgConfig?: string;
};

/** The slim collector, built from its manifest. */
export type CollectorRecipe = { how: "collector"; builder: string };

/** A package of the operating system. */
export type PackageRecipe = { how: "package"; debian: string };

export type Recipe = GoRecipe | CollectorRecipe | PackageRecipe;

/** How each server is had; in the order in which they are made. */
export const recipes: Readonly<Record<ServerName, Recipe>> = {
  redis: { how: "package", debian: "redis-server" },
  rabbitmq: { how: "package", debian: "rabbitmq-server" },
  alertmanager: { how: "package", debian: "prometheus-alertmanager" },
  otelcol: {
    how: "collector",
    builder: `go.opentelemetry.io/collector/cmd/builder@v${serverVersions.otelcol}`,
  },
  prometheus: {
    how: "go",
    module: "github.com/prometheus/prometheus",
    // Published as 0.316.0: a Go module of major version 3 would need another path.
    moduleVersion: "v0.316.0",
    packages: { prometheus: "cmd/prometheus", promtool: "cmd/promtool" },
    // Discovery of targets in clouds is half of what would be compiled; we send, and nothing is scraped.
    tags: "remove_all_sd",
    needs: [],
  },
  influxdb: {
    how: "go",
    module: "github.com/influxdata/influxdb/v2",
    moduleVersion: `v${serverVersions.influxdb}`,
    packages: { influxd: "cmd/influxd" },
    // Flux is a library in Rust, and what finds it asks the pkg-config that everybody has.
    needs: ["cc", "cargo", "pkg-config"],
    pkgConfig: "github.com/influxdata/pkg-config",
  },
  jaeger: {
    how: "go",
    module: "github.com/jaegertracing/jaeger",
    // Jaeger 2.13 is tagged v1.76.0, too, and only that tag is a version of the module.
    moduleVersion: "v1.76.0",
    packages: { jaeger: "cmd/jaeger" },
    needs: [],
  },
  loki: {
    how: "go",
    module: "github.com/grafana/loki/v3",
    moduleVersion: `v${serverVersions.loki}`,
    packages: { loki: "cmd/loki" },
    needs: [],
  },
  telemetrygen: {
    how: "go",
    module: "github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen",
    moduleVersion: `v${serverVersions.telemetrygen}`,
    packages: { telemetrygen: "" },
    needs: [],
  },
};

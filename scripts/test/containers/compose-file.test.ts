import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { listFiles, readFile } from "../../checks/repository-files.ts";
import { secretNames } from "../../containers/secrets.ts";

const named = z.union([z.string(), z.object({ source: z.string() })]);
const service = z.object({
  profiles: z.array(z.string()).min(1),
  user: z.string(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  restart: z.string(),
  mem_limit: z.string(),
  cpus: z.number(),
  pids_limit: z.number(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(named).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()).min(1),
  ports: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const file = z.object({
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const compose = file.parse(parse(readFile("docker-compose.yml"), { merge: true }));
const services = Object.entries(compose.services);
const secretsOf = ({ secrets }: z.infer<typeof service>): string[] =>
  secrets.map((each) => (typeof each === "string" ? each : each.source));

/** What is true of every part, also of those that cannot be started on a machine without an image registry. */
describe("docker-compose.yml", () => {
  // Red when: a part's `<<: *hardened` or its `user` is taken away.
  it.each(services)("%s: not root, no capabilities, bounded, restarted", (name, part) => {
    expect(part.user).toMatch(/^[1-9]\d*:\d+$/);
    expect(part.cap_drop).toEqual(["ALL"]);
    expect(part.security_opt).toContain("no-new-privileges:true");
    expect(part.mem_limit).toMatch(/^\d+m$/);
    expect(part.restart).toBe(name === "provision" ? "no" : "unless-stopped");
  });

  it("leaves one part alone a root folder that can be written", () => {
    expect(services.flatMap(([name, part]) => (part.read_only ? [] : [name]))).toEqual(["elasticsearch"]);
  });

  it("asks every part that stays up for its health", () => {
    const without = services.flatMap(([name, part]) => (part.healthcheck === undefined ? [name] : []));
    expect(without).toEqual(["provision"]);
  });

  // Red when: a secret is added here and not in scripts/containers/secrets.ts.
  it("names secrets that `npm run secrets` makes, each given to somebody", () => {
    const given = new Set(services.flatMap(([, part]) => secretsOf(part)));
    expect([...given].sort()).toEqual(Object.keys(compose.secrets).sort());
    expect([...given].filter((name) => !secretNames.includes(name))).toEqual([]);
  });

  it.each(services)("%s reads only secrets that it is given", (_name, part) => {
    const read = Object.values(part.environment).flatMap((value) => {
      const [, secret] = /\/run\/secrets\/(\w+)/.exec(value) ?? [];
      return secret === undefined ? [] : [secret];
    });
    expect(read.filter((secret) => !secretsOf(part).includes(secret))).toEqual([]);
  });

  // Red when: a password is written into `environment`.
  it("has no secret in an environment", () => {
    const bare = services.flatMap(([name, { environment }]) =>
      Object.entries(environment).flatMap(([variable, value]) =>
        /PASSWORD|TOKEN|SECRET|_KEY/.test(variable) && !value.includes("/run/secrets/")
          ? [`${name}: ${variable}`]
          : [],
      ),
    );
    expect(bare).toEqual([]);
  });

  it.each(["core", "telemetry", "search"])(
    "profile %s holds everything that its parts wait for",
    (profile) => {
      const inside = services.filter(([, { profiles }]) => profiles.includes(profile));
      const names = new Set(inside.map(([name]) => name));
      expect(names.size).toBeGreaterThan(0);
      const awaited = inside.flatMap(([, { depends_on }]) => Object.keys(depends_on));
      expect(awaited.filter((name) => !names.has(name))).toEqual([]);
    },
  );

  it("gives Grafana every variable and secret that its data sources name", () => {
    const { grafana } = compose.services;
    const text = readFile("dashboards/provisioning/datasources/kontor.yaml");
    const variables = [...text.matchAll(/"\$([A-Z_]+)"/g)].map(([, name = ""]) => name);
    expect(variables).toContain("PROMETHEUS_URL");
    expect(variables.filter((name) => grafana?.environment[name] === undefined)).toEqual([]);
    const secrets = [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name = ""]) => name);
    expect(secrets.filter((name) => grafana === undefined || !secretsOf(grafana).includes(name))).toEqual([]);
  });

  it("mounts dashboards where Grafana's provisioning looks for them", () => {
    const text = readFile("dashboards/provisioning/dashboards/kontor.yaml");
    const folders = [...text.matchAll(/path: "\/var\/lib\/grafana\/(dashboards\/\w+)"/g)].map(
      ([, path]) => path,
    );
    expect(folders.length).toBeGreaterThan(0);
    expect(compose.services.grafana?.volumes).toContain("./dashboards:/var/lib/grafana/dashboards:ro");
    const files = listFiles();
    for (const folder of folders) {
      expect(files.some((path) => path.startsWith(`${folder}/`) && path.endsWith(".json"))).toBe(true);
    }
  });
});

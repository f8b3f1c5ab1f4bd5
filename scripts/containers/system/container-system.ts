import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePorts } from "@kontor/kit/testing/servers/server-place";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open-engine.ts";
import type { PodmanEngine } from "../engine/podman.ts";
import { makeSecrets } from "../secrets.ts";
import { buildStandIns } from "../stand-ins/build-stand-ins.ts";
import { type ComposeProject, openComposeProject } from "./compose-project.ts";
import { listForeignImages, listServicesOf } from "./wanted-images.ts";

/** Published ports by the variable that docker-compose.yml takes them from. */
const published = [
  "GATEWAY_PORT",
  "OBSERVER_PORT",
  "JAEGER_PORT",
  "MAIL_PORT",
  "GRAFANA_PORT",
  "OTLP_PORT",
  "OTLP_GRPC_PORT",
];

/** The first time everything is fetched, and a machine may be busy. */
const buildMsMax = 3_600_000;

/** Full mode in containers, with secrets, ports, volumes and networks of its own. Disposing leaves nothing of it. */
export type ContainerSystem = AsyncDisposable & {
  readonly engine: Engine;
  readonly project: ComposeProject;
  /** Services that run here. */
  readonly services: readonly string[];
  /** On this machine. */
  readonly urls: Readonly<Record<"gateway" | "observer" | "jaeger" | "mail", string>>;
  readSecret(name: string): Promise<string>;
  readonly buildMs: number;
  /** From `up`, with images built, to all healthy. */
  readonly upMs: number;
  /** How many processes of others asked for each processor: 1 where none did. What takes time takes so many times longer. */
  readonly crowding: number;
};

/**
 * Builds every image, brings docker-compose.yml up and waits until all parts are healthy.
 *
 * @param say progress, for people
 * @throws Error, CommandError: nothing of it is left then
 */
export async function openContainerSystem(say: (line: string) => void): Promise<ContainerSystem> {
  await using opened = new AsyncDisposableStack();
  const engine = opened.use(await openEngine(say));
  const images = listForeignImages();
  const absent = "podman" in engine ? await buildStandIns(engine as PodmanEngine, images, say) : [];
  if (absent.length > 0) say(`Left out, as nothing can stand in for them here: ${absent.join(", ")}.`);

  const folder = await mkdtemp(join(tmpdir(), "kontor-containers-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const secretFolder = join(folder, "secrets");
  await makeSecrets(secretFolder);
  const ports = await findFreePorts(published.length);
  const name = `kontor-test-${randomBytes(4).toString("hex")}`;
  const project = openComposeProject(engine, name, {
    ...Object.fromEntries(published.map((variable, index) => [variable, String(ports[index])])),
    KONTOR_SECRETS: secretFolder,
    COMPOSE_PROFILES: "core,telemetry",
    KEPT_TRACE_PERCENT: "100",
    // Images of their own, which are removed again.
    KONTOR_VERSION: "0.0.0-test",
  });
  const all = (await project.run(["config", "--services"])).split("\n").filter((each) => each !== "");
  const left = new Set(listServicesOf(absent));
  const services = all.filter((service) => !left.has(service)).sort();
  opened.defer(() => removeProject(engine, project));

  // Podman builds stages that images share once for each, unless the one before is done.
  const crowdingBefore = readCrowding();
  const oneByOne = engine.kind === "podman" ? { COMPOSE_PARALLEL_LIMIT: "1" } : {};
  const buildMs = await measure(() =>
    project.run(["build", ...services], { environment: oneByOne, timeoutMs: buildMsMax }),
  );
  say(`${services.length} parts; images built in ${(buildMs / 1000).toFixed(0)} s.`);
  // The build itself is in the second of these.
  const crowding = Math.min(crowdingBefore, readCrowding());
  const upMs = await measure(() => bringUp(project, services, crowding));
  const beside = crowding > 1 ? ` Each processor had ${crowding.toFixed(1)} processes to run before.` : "";
  say(`All healthy ${(upMs / 1000).toFixed(1)} s after \`docker compose up\`.${beside}`);
  const kept = opened.move();
  const urlOf = (variable: string) => `http://127.0.0.1:${project.environment[variable]}`;
  return {
    engine,
    project,
    services,
    urls: {
      gateway: urlOf("GATEWAY_PORT"),
      observer: urlOf("OBSERVER_PORT"),
      jaeger: urlOf("JAEGER_PORT"),
      mail: urlOf("MAIL_PORT"),
    },
    readSecret: (secret) => readFile(join(secretFolder, secret), "utf8"),
    buildMs,
    upMs,
    crowding,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A start that fails says which part, and what that part said last. */
async function bringUp(
  project: ComposeProject,
  services: readonly string[],
  crowding: number,
): Promise<void> {
  const wait = ["--wait", "--wait-timeout", String(Math.round(240 * crowding))];
  const result = await project.attempt(["up", "--detach", "--no-build", ...wait, ...services]);
  const containers = await project.listContainers();
  // The one that prepares the database ends, which `--wait` of some versions takes for a failure.
  const ill = containers.filter(({ service, health, state, exitCode }) =>
    service === "provision" ? exitCode !== 0 : state !== "running" || health !== "healthy",
  );
  if (ill.length === 0) return;
  const logs = await Promise.all(
    ill.map(async ({ service, state, health, exitCode }) => {
      const { stdout } = await project.attempt(["logs", "--no-log-prefix", "--tail", "8", service]);
      return `${service}: ${state} ${health} (${exitCode})\n${stdout}`;
    }),
  );
  throw new Error(`Not all parts came up.\n${result.stderr.slice(-1_500)}\n${logs.join("\n")}`);
}

async function removeProject(engine: Engine, project: ComposeProject): Promise<void> {
  await project.attempt(["--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "20"]);
  const remains = await listRemains(engine, project.name);
  if (remains.length > 0) throw new Error(`docker compose down has left ${remains.join(", ")}`);
  // Podman's stay in the cache, for their layers.
  if (engine.kind === "podman") return;
  const listed = await engine.docker(["image", "ls", "--quiet", "--filter", "reference=kontor/*:0.0.0-test"]);
  const ids = [...new Set(listed.stdout.split("\n").filter((id) => id !== ""))];
  if (ids.length > 0) await engine.docker(["image", "rm", "--force", ...ids]);
}

/** Containers, networks and volumes of a project, and of those that tests bring up beside it. */
async function listRemains(engine: Engine, name: string): Promise<string[]> {
  const kinds = { container: "{{.Names}}", network: "{{.Name}}", volume: "{{.Name}}" };
  const remains: string[] = [];
  for (const [kind, format] of Object.entries(kinds)) {
    const all = kind === "container" ? ["--all"] : [];
    const { stdout } = await engine.docker([
      kind,
      "ls",
      ...all,
      "--filter",
      `name=${name}`,
      "--format",
      format,
    ]);
    remains.push(...stdout.split("\n").flatMap((each) => (each === "" ? [] : [`${kind} ${each}`])));
  }
  return remains;
}

function readCrowding(): number {
  const [lastMinute = 0] = loadavg();
  return Math.max(1, lastMinute / availableParallelism());
}

async function measure(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimFolder, readLiveOwner } from "@kontor/kit/process-lock";
import { cacheFolder } from "@kontor/kit/testing/servers/find-server";
import { type CommandOptions, runCommand, tryCommand } from "../run-command.ts";
import { makeDockerConfiguration } from "./docker-client.ts";
import type { Engine } from "./engine.ts";
import { startHealthChecks } from "./health-checks.ts";
import { toPodmanEnvironment, writePodmanSettings } from "./podman-settings.ts";

export type PodmanEngine = Engine & {
  /** Runs `podman <args>` on the same images. @throws CommandError */
  podman(args: readonly string[], options?: CommandOptions): Promise<string>;
};

const runPrefix = "kontor-podman-";
const packages = ["podman", "runc", "netavark", "aardvark-dns", "iptables", "buildah", "debootstrap"];

/**
 * Starts Podman with an API for the Docker client, on settings and storage of its own. What it runs is removed at the end;
 * images stay in the cache.
 *
 * @param say progress, for people
 * @throws Error saying what this machine lacks
 */
export async function openPodman(say: (line: string) => void): Promise<PodmanEngine> {
  await providePrograms(say);
  await removeOrphans();
  const run = await mkdtemp(join(tmpdir(), runPrefix));
  const claim = await claimFolder(run, () => new Error(`${run} is new and in use`));
  const settings = await writePodmanSettings({ cache: cacheFolder("containers", "podman"), run });
  const socket = join(run, "podman.sock");
  const service = spawn("podman", ["system", "service", "--time", "0", `unix://${socket}`], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let said = "";
  service.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-10_000);
  });
  let isClosing = false;
  const ended = new Promise<void>((resolve) =>
    service.once("close", (code, signal) => {
      if (!isClosing) say(`Podman's API ended by itself (${signal ?? code}): ${said.slice(-2_000)}`);
      resolve();
    }),
  );
  for (let waitedMs = 0; !existsSync(socket); waitedMs += 100) {
    if (service.exitCode !== null || waitedMs > 30_000) throw new Error(`Podman did not start: ${said}`);
    await sleep(100);
  }
  const environment = {
    ...settings,
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: await makeDockerConfiguration(join(run, "docker"), say),
    // Podman builds by itself and does not speak the protocol of BuildKit.
    DOCKER_BUILDKIT: "0",
  };
  const podman = (args: readonly string[], options: CommandOptions = {}) =>
    runCommand("podman", args, { ...options, environment: { ...settings, ...options.environment } });
  const health = startHealthChecks(socket);
  return {
    kind: "podman",
    docker: (args, options = {}) =>
      tryCommand("docker", args, { ...options, environment: { ...environment, ...options.environment } }),
    podman,
    async [Symbol.asyncDispose]() {
      isClosing = true;
      await health[Symbol.asyncDispose]();
      await podman(["rm", "--all", "--force", "--time", "2", "--volumes"]).catch(() => {});
      await podman(["network", "prune", "--force"]).catch(() => {});
      service.kill("SIGTERM");
      await ended;
      // A build that is cut off leaves its folders mounted, and Podman its storage over itself.
      await tryCommand("umount", [
        "--recursive",
        join(cacheFolder("containers", "podman"), "storage/overlay"),
      ]);
      await rm(run, { recursive: true, force: true, maxRetries: 5 });
      await claim.release();
    },
  };
}

/** What runs where the process that started it was killed. One engine at a time has the storage. */
async function removeOrphans(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(runPrefix) || !name.endsWith(".owner")) continue;
    const run = join(tmpdir(), name.slice(0, -".owner".length));
    const owner = await readLiveOwner(run);
    if (owner !== undefined) {
      throw new Error(
        `Process ${owner} uses the containers of this cache. Wait for it, or set XDG_CACHE_HOME.`,
      );
    }
    const environment = toPodmanEnvironment(run);
    await tryCommand("podman", ["rm", "--all", "--force", "--time", "1", "--volumes"], { environment });
    await tryCommand("podman", ["network", "prune", "--force"], { environment });
    await rm(run, { recursive: true, force: true, maxRetries: 5 });
    await rm(join(tmpdir(), name), { force: true });
  }
}

async function providePrograms(say: (line: string) => void): Promise<void> {
  const missing = ["podman", "runc", "buildah", "debootstrap", "iptables", "docker", "go"].filter(
    (program) => !isOnPath(program),
  );
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isOnPath("apt-get")) {
    const message = `Containers need a running Docker with Compose (https://docs.docker.com/engine/install/). Without one a Debian machine and root are needed, for Podman and stand-in images; missing: ${missing.join(", ")}.`;
    throw new Error(message);
  }
  const further = missing.flatMap((program) => ({ docker: "docker.io", go: "golang-go" })[program] ?? []);
  say(`Installing ${[...packages, ...further].join(", ")}.`);
  const environment = { DEBIAN_FRONTEND: "noninteractive" };
  await runCommand("apt-get", ["update", "-qq"], { environment });
  await runCommand("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages, ...further], {
    environment,
  });
}

function isOnPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}

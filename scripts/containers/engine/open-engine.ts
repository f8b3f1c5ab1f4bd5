import { tryCommand } from "../run-command.ts";
import type { Engine } from "./engine.ts";
import { openPodman, type PodmanEngine } from "./podman.ts";

/** Below it `depends_on` knows no conditions for one-off services, and `--wait` is absent. */
const composeMajorMin = 2;

/**
 * The Docker of this machine, or where there is none a Podman of our own.
 *
 * @param say progress, for people
 * @throws Error saying what is missing
 */
export async function openEngine(say: (line: string) => void): Promise<Engine | PodmanEngine> {
  const docker = await tryCommand("docker", ["version", "--format", "{{.Server.Version}}"], {
    timeoutMs: 30_000,
  });
  if (docker.code !== 0) return openPodman(say);
  const compose = await tryCommand("docker", ["compose", "version", "--short"], { timeoutMs: 30_000 });
  const major = Number(/(\d+)\./.exec(compose.stdout)?.[1] ?? 0);
  if (compose.code !== 0 || major < composeMajorMin) {
    const found = compose.code === 0 ? `is ${compose.stdout.trim()}` : "is absent";
    throw new Error(
      `Docker runs, but Docker Compose ${found}; version ${composeMajorMin} or newer is needed: https://docs.docker.com/compose/install/linux/.`,
    );
  }
  say(`Docker ${docker.stdout.trim()}, Compose ${compose.stdout.trim()}.`);
  return {
    kind: "docker",
    docker: (args, options) => tryCommand("docker", args, options),
    [Symbol.asyncDispose]: async () => {},
  };
}

import { join } from "node:path";
import { repository } from "../../starter/install.mjs";
import type { Engine } from "../engine/engine.ts";
import { CommandError, type CommandOptions, type CommandResult } from "../run-command.ts";

/** docker-compose.yml as one project of an engine, with variables of its own. */
export type ComposeProject = {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  /** @throws CommandError */
  run(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** As `run`, for what may fail. */
  attempt(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs a program of a service's container. @throws CommandError */
  exec(service: string, command: readonly string[]): Promise<string>;
  listContainers(): Promise<{ service: string; state: string; health: string; exitCode: number }[]>;
};

/** @param environment wins over the machine's and over `.env` */
export function openComposeProject(
  engine: Engine,
  name: string,
  environment: Readonly<Record<string, string>>,
): ComposeProject {
  const attempt = (args: readonly string[], options: CommandOptions = {}) =>
    engine.docker(
      ["compose", "--file", join(repository, "docker-compose.yml"), "--project-name", name, ...args],
      { cwd: repository, ...options, environment: { ...environment, ...options.environment } },
    );
  const run = async (args: readonly string[], options?: CommandOptions): Promise<string> => {
    const result = await attempt(args, options);
    if (result.code !== 0) throw new CommandError(["docker", "compose", ...args], result);
    return result.stdout;
  };
  return {
    name,
    environment,
    run,
    attempt,
    exec: (service, command) => run(["exec", "-T", service, ...command], { timeoutMs: 60_000 }),
    async listContainers() {
      const format = "{{.Service}}\t{{.State}}\t{{.Health}}\t{{.ExitCode}}";
      const text = await run(["ps", "--all", "--format", format]);
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [service = "", state = "", health = "", exitCode = ""] = line.split("\t");
          return { service, state, health, exitCode: Number(exitCode) };
        });
    },
  };
}

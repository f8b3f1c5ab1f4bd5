import type { CommandOptions, CommandResult } from "../run-command.ts";

/** What runs containers here, with `docker compose`. */
export type Engine = AsyncDisposable & {
  /** `docker`: an engine that was there, with official images. `podman`: one started for this, with stand-ins for images. */
  readonly kind: "docker" | "podman";
  /** Runs `docker <args>`; whoever calls looks at the exit code. */
  docker(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
};

import { accepts } from "./accepts.ts";
import { findServer } from "./find-server.ts";
import { type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type RedisServer = RunningServer & { readonly port: number; readonly url: string };

export type RedisOptions = {
  /** Writes every change to disk, so that data outlive `stop` and `restart`. */
  durable?: boolean;
  /** Further arguments, such as `--requirepass`. */
  args?: readonly string[];
};

export function redisCommand(
  place: { folder: string; port: number },
  options: RedisOptions = {},
): ServerCommand {
  const durability = options.durable
    ? ["--appendonly", "yes", "--appendfsync", "always"]
    : ["--appendonly", "no"];
  return {
    program: findServer("redis"),
    args: [
      ...["--port", String(place.port), "--bind", "127.0.0.1", "--dir", place.folder, "--save", ""],
      ...durability,
      ...(options.args ?? []),
    ],
    isReady: () => accepts(place.port),
  };
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startServer("redis", 1, async ({ folder, ports: [port = 0] }) =>
    redisCommand({ folder, port }, options),
  );
  const [port = 0] = server.ports;
  return Object.assign(server, { port, url: `redis://127.0.0.1:${port}` });
}

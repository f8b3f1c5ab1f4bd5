import { join } from "node:path";
import { shippedConfiguration } from "./backend-file.ts";
import { findServer } from "./find-server.ts";
import { answers, type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type CollectorServer = RunningServer & {
  /** Base of OTLP/HTTP: `<otlpUrl>/v1/traces`. */
  readonly otlpUrl: string;
  /** OTLP/gRPC, without a scheme. */
  readonly grpcAddress: string;
};

export type CollectorOptions = {
  /** Default: gateway. `none` is only what both have in common; a file of one's own says the rest. */
  variant?: "gateway" | "agent" | "none";
  /** Paths of further configurations, merged over the shipped ones. */
  configFiles?: readonly string[];
  /** Addresses of the backends and what else the configuration reads; the names stand at the heads of the files. */
  environment: Readonly<Record<string, string>>;
};

/** What a collector is to be started with. */
export function collectorFiles(variant: "gateway" | "agent" | "none"): string[] {
  const common = shippedConfiguration("common.yaml");
  return variant === "none" ? [common] : [common, shippedConfiguration(`${variant}.yaml`)];
}

type CollectorPorts = { http: number; grpc: number; health: number };

export function collectorCommand(
  place: { folder: string; ports: CollectorPorts },
  options: CollectorOptions,
): ServerCommand {
  const { http, grpc, health } = place.ports;
  const files = [...collectorFiles(options.variant ?? "gateway"), ...(options.configFiles ?? [])];
  return {
    program: findServer("otelcol"),
    args: files.flatMap((file) => ["--config", file]),
    environment: {
      OTLP_HTTP_ADDRESS: `127.0.0.1:${http}`,
      OTLP_GRPC_ADDRESS: `127.0.0.1:${grpc}`,
      HEALTH_ADDRESS: `127.0.0.1:${health}`,
      QUEUE_DIRECTORY: join(place.folder, "queues"),
      ...options.environment,
    },
    isReady: () => answers(`http://127.0.0.1:${health}/`),
  };
}

export async function startCollector(options: CollectorOptions): Promise<CollectorServer> {
  const server = await startServer("otelcol", 3, async ({ folder, ports }) => {
    const [http = 0, grpc = 0, health = 0] = ports;
    return collectorCommand({ folder, ports: { http, grpc, health } }, options);
  });
  const [http, grpc] = server.ports;
  return Object.assign(server, {
    otlpUrl: `http://127.0.0.1:${http}`,
    grpcAddress: `127.0.0.1:${grpc}`,
  });
}

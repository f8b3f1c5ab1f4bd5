import { join } from "node:path";
import { shippedConfiguration } from "./backend-file.ts";
import { findServer } from "./find-server.ts";
import { answers, type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type JaegerServer = RunningServer & {
  /** Of the UI and the query API: `<url>/api/v3/traces/{id}`. */
  readonly url: string;
  /** OTLP/gRPC, without a scheme. */
  readonly grpcAddress: string;
  /** Base of OTLP/HTTP. */
  readonly otlpUrl: string;
};

type JaegerPorts = { query: number; grpc: number; http: number; queryGrpc: number; health: number };

export function jaegerCommand(place: { folder: string; ports: JaegerPorts }): ServerCommand {
  const { query, grpc, http, queryGrpc, health } = place.ports;
  return {
    program: findServer("jaeger"),
    args: ["--config", shippedConfiguration("backends/jaeger.yaml")],
    environment: {
      JAEGER_QUERY_ADDRESS: `127.0.0.1:${query}`,
      JAEGER_QUERY_GRPC_ADDRESS: `127.0.0.1:${queryGrpc}`,
      JAEGER_OTLP_GRPC_ADDRESS: `127.0.0.1:${grpc}`,
      JAEGER_OTLP_HTTP_ADDRESS: `127.0.0.1:${http}`,
      JAEGER_HEALTH_ADDRESS: `127.0.0.1:${health}`,
      JAEGER_DATA: join(place.folder, "data"),
    },
    isReady: async () =>
      (await answers(`http://127.0.0.1:${health}/status`)) &&
      (await answers(`http://127.0.0.1:${query}/api/services`)),
  };
}

export async function startJaeger(): Promise<JaegerServer> {
  const server = await startServer("jaeger", 5, async ({ folder, ports }) => {
    const [query = 0, grpc = 0, http = 0, queryGrpc = 0, health = 0] = ports;
    return jaegerCommand({ folder, ports: { query, grpc, http, queryGrpc, health } });
  });
  const [query, grpc, http] = server.ports;
  return Object.assign(server, {
    url: `http://127.0.0.1:${query}`,
    grpcAddress: `127.0.0.1:${grpc}`,
    otlpUrl: `http://127.0.0.1:${http}`,
  });
}

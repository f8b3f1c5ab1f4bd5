import { join } from "node:path";
import { shippedConfiguration } from "./backend-file.ts";
import { findServer } from "./find-server.ts";
import { answers, type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type LokiServer = RunningServer & {
  /** Of the API: `<url>/loki/api/v1/query_range`. */
  readonly url: string;
  /** Base of OTLP/HTTP: `<otlpUrl>/v1/logs`. */
  readonly otlpUrl: string;
};

export function lokiCommand(place: { folder: string; port: number; grpcPort: number }): ServerCommand {
  return {
    program: findServer("loki"),
    args: [`-config.file=${shippedConfiguration("backends/loki.yaml")}`, "-config.expand-env=true"],
    environment: {
      LOKI_HOST: "127.0.0.1",
      LOKI_PORT: String(place.port),
      LOKI_GRPC_PORT: String(place.grpcPort),
      LOKI_DATA: join(place.folder, "data"),
    },
    isReady: () => answers(`http://127.0.0.1:${place.port}/ready`),
  };
}

export async function startLoki(): Promise<LokiServer> {
  const server = await startServer("loki", 2, async ({ folder, ports: [port = 0, grpcPort = 0] }) =>
    lokiCommand({ folder, port, grpcPort }),
  );
  const url = `http://127.0.0.1:${server.ports[0]}`;
  return Object.assign(server, { url, otlpUrl: `${url}/otlp` });
}

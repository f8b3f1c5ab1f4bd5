import { join } from "node:path";
import { findServer } from "./find-server.ts";
import { answers, type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type InfluxdbAccess = {
  readonly organisation: string;
  readonly bucket: string;
  readonly token: string;
};

export type InfluxdbServer = RunningServer & InfluxdbAccess & { readonly url: string };

/** For servers that live as long as a test. */
const testAccess: InfluxdbAccess = {
  organisation: "kontor",
  bucket: "telemetry",
  // Of one word: the collector takes what follows a space for a comment.
  token: "token-of-a-test-server",
};

/** InfluxDB 2, with an organisation, a bucket without expiry and an all-access token made on the first start. */
export function influxdbCommand(
  place: { folder: string; port: number },
  access: InfluxdbAccess,
): ServerCommand {
  const address = `127.0.0.1:${place.port}`;
  return {
    program: findServer("influxdb"),
    args: [
      `--bolt-path=${join(place.folder, "influxd.bolt")}`,
      `--sqlite-path=${join(place.folder, "influxd.sqlite")}`,
      `--engine-path=${join(place.folder, "engine")}`,
      `--http-bind-address=${address}`,
      "--reporting-disabled",
      "--ui-disabled",
    ],
    environment: { INFLUXD_CONFIG_PATH: place.folder },
    isReady: async () =>
      (await answers(`http://${address}/health`)) && (await isSetUp(`http://${address}`, access)),
  };
}

export async function startInfluxdb(options: Partial<InfluxdbAccess> = {}): Promise<InfluxdbServer> {
  const access = { ...testAccess, ...options };
  const server = await startServer("influxdb", 1, async ({ folder, ports: [port = 0] }) =>
    influxdbCommand({ folder, port }, access),
  );
  return Object.assign(server, { url: `http://127.0.0.1:${server.ports[0]}`, ...access });
}

/** Sets it up where that has not been done. */
async function isSetUp(url: string, { organisation, bucket, token }: InfluxdbAccess): Promise<boolean> {
  const state = (await (await fetch(`${url}/api/v2/setup`)).json()) as { allowed: boolean };
  if (!state.allowed) return true;
  const response = await fetch(`${url}/api/v2/setup`, {
    method: "POST",
    body: JSON.stringify({ username: "kontor", password: token, org: organisation, bucket, token }),
  });
  await response.body?.cancel();
  return response.ok;
}

/**
 * Runs Flux.
 *
 * @returns annotated CSV, as InfluxDB writes it; lines end in CR LF
 * @throws Error with the server's own words when it refuses the query
 */
export async function queryFlux(
  { url, organisation, token }: InfluxdbAccess & { readonly url: string },
  flux: string,
): Promise<string> {
  const response = await fetch(`${url}/api/v2/query?org=${organisation}`, {
    method: "POST",
    headers: {
      authorization: `Token ${token}`,
      "content-type": "application/vnd.flux",
      accept: "application/csv",
    },
    body: flux,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`InfluxDB answered ${response.status}: ${text.slice(0, 300)}`);
  return text;
}

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findCompanion, findServer } from "./find-server.ts";
import { answers, type RunningServer, startServer } from "./start-server.ts";

export type AlertmanagerServer = RunningServer & { readonly url: string };

/** @param configuration the text of `alertmanager.yml` */
export async function startAlertmanager(configuration: string): Promise<AlertmanagerServer> {
  const server = await startServer("alertmanager", 1, async ({ folder, ports: [port] }) => {
    const file = join(folder, "alertmanager.yml");
    await writeFile(file, configuration);
    const address = `127.0.0.1:${port}`;
    return {
      program: findServer("alertmanager"),
      args: [
        `--config.file=${file}`,
        `--storage.path=${join(folder, "data")}`,
        `--web.listen-address=${address}`,
        "--cluster.listen-address=",
      ],
      isReady: () => answers(`http://${address}/-/ready`),
    };
  });
  return Object.assign(server, { url: `http://127.0.0.1:${server.ports[0]}` });
}

/** Alertmanager's own client. @throws AppError `servers.missing` */
export function findAmtool(): string {
  return findCompanion("alertmanager", "amtool");
}

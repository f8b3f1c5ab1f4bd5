import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const containers = z.array(z.object({ Id: z.string(), Status: z.string().nullish(), State: z.string() }));
const pauseMs = 1_000;

/**
 * Runs the health checks of containers that are not healthy yet. Podman leaves them to systemd, which is absent in a
 * container or a small machine; without this `condition: service_healthy` never comes true.
 *
 * @param socket of Podman's API
 */
export function startHealthChecks(socket: string): AsyncDisposable {
  const stop = new AbortController();
  const done = (async () => {
    while (!stop.signal.aborted) {
      await checkAll(socket).catch(() => {});
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

/** One after the other: each check starts processes, and these containers are still busy starting. */
async function checkAll(socket: string): Promise<void> {
  const filters = encodeURIComponent(
    JSON.stringify({ health: ["starting", "unhealthy"], status: ["running"] }),
  );
  const found = containers.parse(JSON.parse(await get(socket, `/libpod/containers/json?filters=${filters}`)));
  for (const { Id } of found) await get(socket, `/libpod/containers/${Id}/healthcheck`).catch(() => {});
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: `/v4.0.0${path}`, timeout: 30_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.once("end", () => resolve(body));
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer within 30 s")));
    asked.once("error", reject);
    asked.end();
  });
}

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClient, type TestClient } from "@kontor/kit/testing/http-client";
import { type StartedProcess, startProcess } from "@kontor/kit/testing/start-process";

export type Observing = AsyncDisposable &
  TestClient & {
    readonly otlpUrl: string;
    readonly folder: string;
    readonly process: StartedProcess;
    /** As Ctrl-C does; the data stays. @returns the exit code */
    stop(): Promise<number | NodeJS.Signals | null>;
    /** Sends OTLP JSON to `/v1/traces`, `/v1/metrics` or `/v1/logs`. */
    send(path: string, document: unknown): Promise<Response>;
    /** Asks again until the answer fits, for 20 s. @returns what it is waited for */
    eventually<T>(path: string, pick: (body: ReturnType<JSON["parse"]>) => T | undefined): Promise<T>;
  };

/** A folder that the account of PostgreSQL can enter. */
export async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "kontor-observe-"));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** `kontor observe` as people run it, on free ports. */
export function spawnObserve(
  folder: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): StartedProcess {
  const path = process.env.PATH ?? "";
  return startProcess(new URL("../../../scripts/kontor.ts", import.meta.url), {
    args: ["observe", "--data", folder, "--port", "0", "--otlp-port", "0", "--json", ...args],
    env: { PATH: path, ...env },
  });
}

/** The same, and waits until it is up. Disposing stops it as Ctrl-C does, so that its database ends with it. */
export async function startObserving(
  folder: string,
  options: { args?: readonly string[]; env?: Record<string, string>; token?: string } = {},
): Promise<Observing> {
  const process = spawnObserve(folder, options.args, options.env);
  // A first start makes a database of its own; a machine that has other things to do takes its time.
  const [ready] = await process.waitFor(/^\{"event":"ready".*\}$/m, 60_000).catch(async (error) => {
    await process[Symbol.asyncDispose]();
    throw error;
  });
  const { urls } = JSON.parse(ready) as { urls: { observer: string; otlp: string } };
  const client = createTestClient(urls.observer);
  const token = options.token === undefined ? {} : { token: options.token };
  const stop = async () => {
    process.child.kill("SIGINT");
    return process.ended;
  };
  return {
    ...client,
    ...{ folder, process, otlpUrl: urls.otlp, stop },
    send: (path, document) =>
      fetch(urls.otlp + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(document),
      }),
    async eventually(path, pick) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const { body } = await client.request("get", path, token);
        const found = pick(body);
        if (found !== undefined) return found;
        if (Date.now() > deadline)
          throw new Error(`${path} did not come to it within 20 s: ${JSON.stringify(body)?.slice(-4_000)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await process[Symbol.asyncDispose]();
    },
  };
}

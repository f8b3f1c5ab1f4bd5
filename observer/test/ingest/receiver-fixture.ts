import { gzipSync } from "node:zlib";
import { openOtlpServer } from "../../src/ingest/open-otlp-server.ts";
import { createOtlpApp, type IngestLimits, type OtlpAppOptions } from "../../src/ingest/otlp-app.ts";
import type { Batch } from "../../src/store/batch.ts";
import { arrivalMs, shippedLimits } from "./decode-fixture.ts";

/** The receiver on a free port, with a journal that keeps what it is given, or fails as told. */
export async function openReceiver({
  limits,
  ...options
}: Partial<Omit<OtlpAppOptions, "limits">> & { limits?: Partial<IngestLimits> } = {}) {
  const kept: Batch[] = [];
  const errors: unknown[] = [];
  const journal = {
    isBehind: false,
    error: undefined as Error | undefined,
    async append(batch: Batch): Promise<void> {
      if (journal.error !== undefined) throw journal.error;
      kept.push(batch);
    },
  };
  const app = createOtlpApp({
    journal,
    onBatch: () => undefined,
    hashKey: Buffer.alloc(32, 7),
    now: () => arrivalMs,
    onError: (error) => errors.push(error),
    ...options,
    limits: { ...shippedLimits, ...limits },
  });
  const server = await openOtlpServer(app.listener, { port: 0, host: "127.0.0.1" });
  return {
    app,
    journal,
    kept,
    errors,
    url: server.url,
    post: (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
      fetch(`${server.url}${path}`, { method: "POST", body, headers }),
    postJson: (path: string, document: unknown, headers: Record<string, string> = {}) =>
      fetch(`${server.url}${path}`, {
        method: "POST",
        body: JSON.stringify(document),
        headers: { "content-type": "application/json", ...headers },
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export const json = { "content-type": "application/json" };
export const protobuf = { "content-type": "application/x-protobuf" };

export function gzipped(document: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(JSON.stringify(document)));
}

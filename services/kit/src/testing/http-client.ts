import type { Express } from "express";
import { listen } from "../http/listen.ts";

export type TestRequest = {
  /** An object is sent as JSON, text and bytes as they are. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/** Tests look into answers of every shape: what JSON.parse returns, unchecked on purpose. */
export type ParsedJson = ReturnType<JSON["parse"]>;

export type TestResponse<T = ParsedJson> = { status: number; body: T; headers: Headers };

export type TestClient = {
  url: string;
  request<T = ParsedJson>(method: string, path: string, options?: TestRequest): Promise<TestResponse<T>>;
};

/** Requests to a base URL. JSON answers (problem+json and health+json among them) are parsed, others are text, an empty one is undefined. */
export function createTestClient(url: string): TestClient {
  return {
    url,
    async request(method, path, options = {}) {
      const isRaw = typeof options.body === "string" || options.body instanceof Uint8Array;
      const response = await fetch(url + path, {
        method: method.toUpperCase(),
        headers: {
          ...(options.body === undefined ? {} : { "content-type": "application/json" }),
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
          ...options.headers,
        },
        ...(options.body === undefined
          ? {}
          : { body: isRaw ? (options.body as string) : JSON.stringify(options.body) }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const text = await response.text();
      const isJson = /[/+]json/.test(response.headers.get("content-type") ?? "");
      const body = text === "" ? undefined : isJson ? JSON.parse(text) : text;
      return { status: response.status, body, headers: response.headers };
    },
  };
}

/** Serves the app on a free port of loopback until disposed. */
export async function startApp(app: Express): Promise<TestClient & AsyncDisposable & { port: number }> {
  const listening = await listen(app, { port: 0, drainDeadlineMs: 1_000 });
  return {
    ...createTestClient(listening.url),
    port: listening.port,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

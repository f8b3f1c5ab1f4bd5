import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { createLogger } from "@kontor/kit/logger";
import { startApp, type TestClient } from "@kontor/kit/testing/http-client";
import { createTestIssuer, type TestIssuer } from "@kontor/kit/testing/tokens";
import { createGatewayApp, type GatewayParts } from "../src/app.ts";

export type TestGateway = AsyncDisposable &
  TestClient & {
    port: number;
    issuer: TestIssuer /** Of a user without permissions: services check those. */;
    token: string;
  };

/** The real gateway in front of the given instances of core-erp; the other services are nowhere. */
export async function startGateway(
  coreErp: readonly string[],
  more: Partial<
    Pick<
      GatewayParts,
      "deadlineMs" | "bodyLimitBytes" | "limits" | "trustedProxyHops" | "ejection" | "urls" | "redis"
    >
  > = {},
): Promise<TestGateway> {
  const issuer = await createTestIssuer();
  const off = { requests: 0, windowSeconds: 60 };
  const gateway = createGatewayApp({
    version: "1.0.0",
    logger: createLogger({ service: "gateway", level: "silent" }),
    authenticate: createAuthenticate(issuer),
    urls: { auth: [nowhere], "core-erp": coreErp, notification: [nowhere] },
    ejection: { failuresMax: 3, ejectionMs: 60_000, ejectionMsMax: 60_000 },
    deadlineMs: 5_000,
    bodyLimitBytes: 1_000,
    limits: { requests: off, credentials: off },
    trustedProxyHops: 0,
    redis: undefined,
    ...more,
  });
  const client = await startApp(gateway.app);
  return {
    ...client,
    issuer,
    token: await issuer.token({ userId: "user-1" }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      gateway[Symbol.dispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

/** Port 1 of loopback: nobody listens there. */
export const nowhere = "http://127.0.0.1:1";

export type TestInstance = AsyncDisposable & { url: string; server: Server; requests: IncomingMessage[] };

/** An instance of a service that does what a test needs, at the level of HTTP. */
export async function startInstance(handle: RequestListener): Promise<TestInstance> {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    handle(req, res);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    requests,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers with what was received. */
export const echo: RequestListener = (req, res) => {
  const chunks: Buffer[] = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const { method, url, headers } = req;
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
};

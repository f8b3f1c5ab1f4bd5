import type { IncomingMessage } from "node:http";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { getNodeAutoInstrumentations } from "@opentelemetry/auto-instrumentations-node";
import { ExpressRouteInstrumentation } from "./express-route-instrumentation.ts";
import { PoolContextInstrumentation } from "./pool-context-instrumentation.ts";
import { createQueryDescriber } from "./query-describer.ts";
import { describeFetch, describeIncoming, describeOutgoing } from "./redact-url.ts";

/** The modules whose import is intercepted, and no others: each one costs time at start. For http see `patchHttp`. */
export const interceptedModules = [
  "amqplib",
  "amqplib/callback_api",
  "graphql",
  "ioredis",
  "pg",
  "pg-pool",
  "pino",
  "router",
];

/**
 * The set of auto-instrumentations-node that OTEL_NODE_ENABLED_INSTRUMENTATIONS names, configured, and two of our own.
 *
 * @param hashKey key of the hash of statement parameters
 */
export function createInstrumentations(hashKey: Buffer) {
  const auto = getNodeAutoInstrumentations({
    "@opentelemetry/instrumentation-http": {
      ignoreIncomingRequestHook: isProbe,
      ignoreOutgoingRequestHook: ({ path }) => isHealthPath(path) || isExportPath(path),
      startIncomingSpanHook: describeIncoming,
      startOutgoingSpanHook: describeOutgoing,
    },
    "@opentelemetry/instrumentation-undici": {
      ignoreRequestHook: (request) => isHealthPath(request.path),
      startSpanHook: describeFetch,
    },
    "@opentelemetry/instrumentation-pg": {
      // Statements of timers and listeners belong to no request: they would be one-span traces.
      requireParentSpan: true,
      ignoreConnectSpans: true,
      requestHook: createQueryDescriber(hashKey),
    },
    // The system.* groups would report the whole machine once per process.
    "@opentelemetry/instrumentation-host-metrics": { metricGroups: ["process.cpu", "process.memory"] },
    "@opentelemetry/instrumentation-graphql": { ignoreTrivialResolveSpans: true, mergeItems: true },
  });
  return [...auto, new ExpressRouteInstrumentation(), new PoolContextInstrumentation()];
}

/**
 * Loads node:http and node:https so that they are patched now, in what `require` gives and in the names `import` gives.
 * Left to chance, the first to load them decides: once a CommonJS module has, `import { request } from "node:http"` is
 * handed the unpatched function.
 */
export function patchHttp(): void {
  const require = createRequire(import.meta.url);
  require("node:http");
  require("node:https");
  syncBuiltinESMExports();
}

/** Asking how a process is doing is no work of it: health, and the page that Prometheus scrapes. */
function isProbe(request: IncomingMessage): boolean {
  return isHealthPath(request.url) || request.url === "/metrics";
}

function isHealthPath(path: string | null | undefined): boolean {
  return path === "/health" || (path?.startsWith("/health/") ?? false);
}

/** Sending telemetry is no work of the service: while its receiver is away, no rule on outgoing calls should speak. */
function isExportPath(path: string | null | undefined): boolean {
  return /\/v1\/(?:traces|metrics|logs)$/.test(path ?? "");
}

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { metrics } from "@opentelemetry/api";
import {
  defaultResource,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import { AggregationType, type ViewOptions } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { register, supportsSyncHooks } from "import-in-the-middle/register-hooks.mjs";
import { allowedCores } from "../health.ts";
import {
  droppedMetrics,
  durationBoundsSeconds,
  durationHistograms,
  PROCESS_CPU_ALLOWED,
} from "../metric-names.ts";
import { flushAtEnd } from "./flush-at-end.ts";
import { createInstrumentations, interceptedModules, patchHttp } from "./instrumentations.ts";
import { reportTakenScrapePort } from "./report-taken-scrape-port.ts";
import { setTelemetryDefaults } from "./set-defaults.ts";

/** Instruments what is imported from now on and starts to send. Sets the defaults of OTEL_* variables in `environment`. */
export function startTelemetry(environment: Record<string, string | undefined>): void {
  if (!supportsSyncHooks()) {
    process.emitWarning(`Node ${process.version} cannot be instrumented; Node 24.11.1 or later can.`);
    return;
  }
  setTelemetryDefaults(environment);
  reportTakenScrapePort(environment);
  register({ include: interceptedModules });
  const hashKey = readHashKey(environment);
  const version = environment.SERVICE_VERSION;
  const sdk = new NodeSDK({
    resource: defaultResource().merge(resourceFromAttributes(version ? { "service.version": version } : {})),
    // Only these: others ask cloud metadata services at start, or publish the command line.
    resourceDetectors: [serviceInstanceIdDetector, envDetector],
    instrumentations: createInstrumentations(hashKey),
    views: createViews(),
  });
  sdk.start();
  patchHttp();
  metrics
    .getMeter("@kontor/kit/telemetry")
    .createObservableGauge(PROCESS_CPU_ALLOWED, { unit: "{cpu}", description: "Cores this process may use." })
    .addCallback((result) => result.observe(allowedCores()));
  flushAtEnd(() => sdk.shutdown());
}

function createViews(): ViewOptions[] {
  const boundaries = [...durationBoundsSeconds];
  const bounded = { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries } } as const;
  const dropped = { type: AggregationType.DROP } as const;
  return [
    ...durationHistograms.map((instrumentName) => ({ instrumentName, aggregation: bounded })),
    ...droppedMetrics.map((instrumentName) => ({ instrumentName, aggregation: dropped })),
  ];
}

/** @throws the error of the file system when KONTOR_HASH_KEY_FILE cannot be read */
function readHashKey(environment: Record<string, string | undefined>): Buffer {
  const { KONTOR_HASH_KEY: key, KONTOR_HASH_KEY_FILE: path } = environment;
  if (key) return Buffer.from(key);
  return path ? Buffer.from(readFileSync(path, "utf8").trim()) : randomBytes(32);
}

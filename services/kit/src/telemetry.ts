/**
 * Telemetry as a preload: `node --import @kontor/kit/telemetry src/main.ts`. Traces, metrics and logs over OTLP, set up by
 * the standard OTEL_* variables alone; OTEL_METRICS_EXPORTER=otlp,prometheus adds a page to scrape. Besides those it reads
 * SERVICE_VERSION and KONTOR_HASH_KEY (key of the hashes of statement parameters, shared by processes whose hashes are to
 * be compared; KONTOR_HASH_KEY_FILE names a file with it; random when neither is set). OTEL_SDK_DISABLED=true switches it off and loads nothing.
 *
 * The one module that works at import: instrumentation must stand before the first import of what it instruments.
 */
if (process.env.OTEL_SDK_DISABLED?.toLowerCase() !== "true") {
  const { startTelemetry } = await import("./telemetry/start-telemetry.ts");
  startTelemetry(process.env);
}

export {};

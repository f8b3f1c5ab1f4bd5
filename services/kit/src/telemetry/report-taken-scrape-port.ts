import { DiagLogLevel, diag } from "@opentelemetry/api";

/**
 * The SDK says nothing when the port of the page to scrape is taken: the process would run and never be scraped. Where
 * OTEL_LOG_LEVEL is set, the SDK's own log says it instead.
 */
export function reportTakenScrapePort(environment: Record<string, string | undefined>): void {
  if (environment.OTEL_LOG_LEVEL) return;
  const port = environment.OTEL_EXPORTER_PROMETHEUS_PORT || "9464";
  const silent = (): void => {};
  const error = (first: unknown): void => {
    if (!isTaken(first)) return;
    process.emitWarning(
      `The page to scrape cannot listen on port ${port}: it is in use. Set OTEL_EXPORTER_PROMETHEUS_PORT to a free one for each process.`,
    );
  };
  diag.setLogger(
    { error, warn: silent, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

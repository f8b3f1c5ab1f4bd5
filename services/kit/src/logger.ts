import { type Logger, pino } from "pino";

export type { Logger };

/**
 * JSON lines on standard output. The telemetry preload adds trace_id and span_id and sends the records over OTLP.
 *
 * @param options.level the least level written; `info` when omitted
 */
export function createLogger(options: { service: string; level?: string | undefined }): Logger {
  return pino({
    level: options.level ?? "info",
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        "password",
        "token",
        "authorization",
        "*.password",
        "*.token",
        "*.authorization",
        "headers.cookie",
      ],
      censor: "***",
    },
  });
}

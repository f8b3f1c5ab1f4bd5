import { type Logger, type LoggerOptions, pino } from "pino";

export type { Logger };

/**
 * JSON lines on standard output, or at the end of a file. The telemetry preload adds trace_id and span_id and sends the records over OTLP.
 *
 * @param options.level the least level written; `info` when omitted
 * @param options.file written before each call returns, for programs whose standard output is for people
 */
export function createLogger(options: {
  service: string;
  level?: string | undefined;
  file?: string | undefined;
}): Logger {
  const settings: LoggerOptions = {
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
  };
  return options.file === undefined
    ? pino(settings)
    : pino(settings, pino.destination({ dest: options.file, sync: true, mkdir: true }));
}

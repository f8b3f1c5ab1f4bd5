import { z } from "zod";
import { createOutsideLinks } from "../alerts/outside-links.ts";
import type { SignalServers } from "../engine/open-signal-source.ts";
import { readHome } from "../engine/read-home.ts";
import { datasources } from "../exports/grafana/datasources.ts";
import { readAccessTokens, readOtlpToken } from "../http/access/access-tokens.ts";
import type { ObserverOptions } from "../open-observer.ts";

/** Addresses and secrets of an observer, however it is started. */
export const observerEnvironment = {
  OTLP_TOKEN: z.string().min(16, "at least 16 characters").optional(),
  OTLP_TOKEN_FILE: z.string().optional(),
  OBSERVER_TOKENS_FILE: z.string().optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "smtp://host:port or smtps://host:port" }).optional(),
  MAIL_FROM: z.string().default("Kontor observer <observer@kontor.example>"),
  ALERT_MAIL_TO: z.string().optional(),
  WEBHOOK_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
  WEBHOOK_SECRET: z.string().optional(),
  HEARTBEAT_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
  /** Where the observer itself runs: its own numbers and its polls belong there. */
  OTEL_RESOURCE_ATTRIBUTES: z.string().default(""),
  SIGNAL_SOURCE: z
    .enum(["stream", "prometheus", "influxdb"], { error: "stream, prometheus or influxdb" })
    .default("stream"),
  PROMETHEUS_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
  PROMETHEUS_TOKEN: z.string().optional(),
  INFLUXDB_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
  INFLUXDB_TOKEN: z.string().optional(),
  INFLUXDB_ORG: z.string().default("kontor"),
  INFLUXDB_BUCKET: z.string().default("telemetry"),
  JAEGER_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
  GRAFANA_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
  LOKI_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: "an http:// or https:// URL" }).optional(),
};

const schema = z.object(observerEnvironment);

/**
 * What an observer is opened with by its environment. A receiver whose address is not whole is left out.
 *
 * @throws AppError `access.tokens_file`, `access.otlp_token_file`
 */
export async function toEnvironmentOptions(
  config: z.output<typeof schema>,
): Promise<
  Pick<
    ObserverOptions,
    "otlpToken" | "tokens" | "home" | "addresses" | "heartbeatUrl" | "publicUrl" | "signalServers" | "outside"
  >
> {
  const { SMTP_URL, ALERT_MAIL_TO, WEBHOOK_URL, OBSERVER_TOKENS_FILE } = config;
  return {
    otlpToken: await readOtlpToken(config.OTLP_TOKEN, config.OTLP_TOKEN_FILE),
    tokens: OBSERVER_TOKENS_FILE === undefined ? undefined : await readAccessTokens(OBSERVER_TOKENS_FILE),
    home: readHome(config.OTEL_RESOURCE_ATTRIBUTES),
    addresses: {
      smtp:
        SMTP_URL === undefined || ALERT_MAIL_TO === undefined
          ? undefined
          : { url: SMTP_URL, from: config.MAIL_FROM, to: ALERT_MAIL_TO },
      webhook: WEBHOOK_URL === undefined ? undefined : { url: WEBHOOK_URL, secret: config.WEBHOOK_SECRET },
    },
    heartbeatUrl: config.HEARTBEAT_URL,
    publicUrl: config.PUBLIC_URL?.replace(/\/$/, ""),
    signalServers: toSignalServers(config),
    outside: createOutsideLinks({
      jaegerUrl: config.JAEGER_URL,
      grafanaUrl: config.GRAFANA_URL,
      lokiUrl: config.LOKI_URL,
      lokiUid: datasources.loki.uid,
    }),
  };
}

/** A server whose address is not whole is not there. */
function toSignalServers(config: z.output<typeof schema>): SignalServers {
  const { PROMETHEUS_URL, PROMETHEUS_TOKEN, INFLUXDB_URL, INFLUXDB_TOKEN } = config;
  return {
    source: config.SIGNAL_SOURCE,
    prometheus: PROMETHEUS_URL === undefined ? undefined : { url: PROMETHEUS_URL, token: PROMETHEUS_TOKEN },
    influxdb:
      INFLUXDB_URL === undefined || INFLUXDB_TOKEN === undefined
        ? undefined
        : {
            url: INFLUXDB_URL,
            token: INFLUXDB_TOKEN,
            organisation: config.INFLUXDB_ORG,
            bucket: config.INFLUXDB_BUCKET,
          },
  };
}

import type { Ports } from "./ports.ts";

export type SystemUrls = Readonly<
  Record<"gateway" | "auth" | "coreErp" | "notification" | "observer" | "otlp" | "mail" | "smtp", string> &
    // The servers of full mode.
    Partial<Record<"prometheus" | "influxdb" | "jaeger" | "loki" | "rabbitmq" | "redis", string>>
>;

export function toUrls(ports: Ports): SystemUrls {
  return {
    gateway: urlOf(ports.gateway),
    auth: urlOf(ports.auth),
    coreErp: urlOf(ports.coreErp),
    notification: urlOf(ports.notification),
    observer: urlOf(ports.observer),
    otlp: urlOf(ports.otlp),
    mail: urlOf(ports.mail),
    smtp: `smtp://127.0.0.1:${ports.smtp}`,
  };
}

export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

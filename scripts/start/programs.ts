import { join } from "node:path";
import { observerFlags, observerMemory, toCompileCache } from "@kontor/observer/cli/observer-process";
import type { Backends } from "./full/backends.ts";
import type { Ports } from "./ports.ts";
import type { Secrets } from "./secrets.ts";
import { urlOf } from "./urls.ts";

/** The Node programs of embedded mode. PostgreSQL is not among them: it is no Node program and comes before all. */
export const programNames = [
  "mail-catcher",
  "observer",
  "auth",
  "core-erp",
  "notification",
  "gateway",
] as const;
export type ProgramName = (typeof programNames)[number];

/** What is stopped together, in this order: who calls before who is called, telemetry's receiver after its senders. */
export const stopOrder: readonly (readonly string[])[] = [
  ["gateway"],
  ["auth", "core-erp", "notification"],
  ["observer"],
  ["mail-catcher"],
  ["postgres"],
];

export type ProgramDefinition = {
  name: ProgramName;
  port: number;
  healthUrl: string;
  /** After `node`. */
  args: readonly string[];
  cwd: string;
  environment: Record<string, string>;
  needsPostgres: boolean;
};

export type ProgramSettings = {
  repository: string;
  dataDir: string;
  ports: Ports;
  secrets: Secrets;
  version: string;
  /** Absolute path of the configuration of the observer. */
  observerConfig: string;
  /** The servers of full mode; undefined in embedded mode. */
  backends?: Backends | undefined;
  /** Who asks for `--watch`: a program is started again when one of its files changes. */
  isWatched(name: ProgramName): boolean;
  /** Everything else the programs may want, such as PATH, LOG_LEVEL and WEBHOOK_URL. Ours win. */
  environment: Record<string, string>;
};

/** Addresses, secrets and telemetry settings of every program. */
export function definePrograms(settings: ProgramSettings): ProgramDefinition[] {
  const { repository, ports, environment } = settings;
  const portOf: Record<ProgramName, number> = {
    "mail-catcher": ports.mail,
    observer: ports.observer,
    auth: ports.auth,
    "core-erp": ports.coreErp,
    notification: ports.notification,
    gateway: ports.gateway,
  };
  return programNames.map((name) => {
    const port = portOf[name];
    const isService = name !== "observer" && name !== "mail-catcher";
    return {
      name,
      port,
      healthUrl: `${urlOf(port)}/health`,
      args: [
        ...(settings.isWatched(name) ? ["--watch", "--watch-preserve-output"] : []),
        ...(name === "observer" ? observerFlags : []),
        // The observer is never traced, and the catcher is no part of the product.
        ...(isService ? ["--import", "@kontor/kit/telemetry"] : []),
        "src/main.ts",
      ],
      cwd: join(repository, name === "observer" ? "observer" : `services/${name}`),
      environment: {
        ...defaults,
        ...toCompileCache(repository),
        ...(name === "observer" ? observerMemory : {}),
        ...environment,
        ...(isService ? telemetryEnvironment(name, settings) : {}),
        HOST: "127.0.0.1",
        PORT: String(port),
        SERVICE_VERSION: settings.version,
        ...ownEnvironment(name, settings),
      },
      needsPostgres: name !== "mail-catcher" && name !== "gateway",
    };
  });
}

/** Public on purpose: these accounts exist on this machine only. */
export const demoPassword = "kontor-demo-2026";

/** What a person may set otherwise. */
const defaults = {
  LOG_LEVEL: "info",
  MAIL_FROM: "Kontor <kontor@kontor.example>",
  ALERT_MAIL_TO: "oncall@kontor.example",
  FAULTS_ENABLED: "true",
  SEED_DEMO_DATA: "true",
  DEMO_ACCOUNTS: "true",
  DEMO_PASSWORD: demoPassword,
};

const issuer = "https://auth.kontor.example";
const audience = "kontor";

function ownEnvironment(name: ProgramName, settings: ProgramSettings): Record<string, string> {
  const { ports, secrets, dataDir } = settings;
  const tokens = {
    JWKS_URL: `${urlOf(ports.auth)}/.well-known/jwks.json`,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: audience,
  };
  const { backends } = settings;
  const bus = {
    BUS_URL: backends?.busUrl ?? `postgres://bus:${secrets.bus}@127.0.0.1:${ports.postgres}/bus`,
  };
  const redis: Record<string, string> =
    backends?.redisUrl === undefined ? {} : { REDIS_URL: backends.redisUrl };
  const smtp = { SMTP_URL: `smtp://127.0.0.1:${ports.smtp}` };
  const postgres = (user: string, password: string) => ({
    POSTGRES_HOST: "127.0.0.1",
    POSTGRES_PORT: String(ports.postgres),
    POSTGRES_DATABASE: "kontor",
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password,
  });
  switch (name) {
    case "mail-catcher":
      return { SMTP_PORT: String(ports.smtp), DATA_DIR: join(dataDir, "mails") };
    case "observer":
      return {
        ...homeOf(settings),
        OBSERVER_CONFIG: settings.observerConfig,
        OBSERVER_DATA: join(dataDir, "observer"),
        OTLP_PORT: String(backends?.observerOtlpPort ?? ports.otlp),
        WEBHOOK_SECRET: secrets.webhook,
        PUBLIC_URL: urlOf(ports.observer),
        // observer_config.json names the health pages by these.
        GATEWAY_PORT: String(ports.gateway),
        AUTH_PORT: String(ports.auth),
        CORE_ERP_PORT: String(ports.coreErp),
        NOTIFICATION_PORT: String(ports.notification),
        OBSERVER_PORT: String(ports.observer),
        ...postgres("observer", secrets.observer),
        ...bus,
        ...smtp,
        ...(backends === undefined ? {} : toSourceEnvironment(backends)),
      };
    case "auth":
      return {
        ...postgres("auth", secrets.auth),
        ...tokens,
        ...redis,
        SIGNING_KEY_SECRET: secrets.signingKeys,
      };
    case "core-erp":
      return { ...postgres("core_erp", secrets.coreErp), ...tokens, ...bus };
    case "notification":
      return { ...postgres("notification", secrets.notification), ...tokens, ...bus, ...smtp };
    case "gateway":
      return {
        AUTH_URLS: urlOf(ports.auth),
        CORE_ERP_URLS: urlOf(ports.coreErp),
        NOTIFICATION_URLS: urlOf(ports.notification),
        ...tokens,
        ...redis,
      };
  }
}

/** What the observer reads besides its own store, and where its links lead. */
function toSourceEnvironment(backends: Backends): Record<string, string> {
  const { prometheusUrl, influxdb, jaegerUrl, lokiUrl } = backends;
  const given: Record<string, string | undefined> = {
    SIGNAL_SOURCE: prometheusUrl === undefined ? "stream" : "prometheus",
    PROMETHEUS_URL: prometheusUrl,
    INFLUXDB_URL: influxdb?.url,
    INFLUXDB_ORG: influxdb?.organisation,
    INFLUXDB_BUCKET: influxdb?.bucket,
    INFLUXDB_TOKEN: influxdb?.token,
    JAEGER_URL: jaegerUrl,
    LOKI_URL: lokiUrl,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, string>;
}

/** Where all programs say they run. */
function homeOf({ backends }: ProgramSettings): Record<string, string> {
  const environment = backends === undefined ? "embedded" : "full";
  return {
    OTEL_RESOURCE_ATTRIBUTES: `service.namespace=kontor,deployment.environment.name=${environment}`,
  };
}

/** Where and as whom to send; how often and how much is the preload's business. */
function telemetryEnvironment(name: ProgramName, settings: ProgramSettings): Record<string, string> {
  const { OTLP_TOKEN } = settings.environment;
  return {
    OTEL_SERVICE_NAME: name,
    ...homeOf(settings),
    // An observer that asks senders for a token asks ours, too.
    ...(OTLP_TOKEN && {
      OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${encodeURIComponent(OTLP_TOKEN)}`,
    }),
    OTEL_EXPORTER_OTLP_ENDPOINT: settings.backends?.collectorUrl ?? urlOf(settings.ports.otlp),
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    KONTOR_HASH_KEY: settings.secrets.parameterHash,
  };
}

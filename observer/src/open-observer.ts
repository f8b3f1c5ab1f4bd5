import { join } from "node:path";
import { type Listening, listen } from "@kontor/kit/http/listen";
import type { Logger } from "@kontor/kit/logger";
import type { PostgresOptions } from "@kontor/kit/postgres";
import type { Resources } from "@kontor/kit/resources";
import type { Alert } from "./alerts/alert.ts";
import { type Alerting, createAlerting } from "./alerts/alerting.ts";
import { toDeliverySettings } from "./alerts/delivery/stage.ts";
import { noOutsideLinks, type OutsideLinks } from "./alerts/outside-links.ts";
import { startHeartbeat } from "./alerts/receivers/heartbeat.ts";
import type { Silence } from "./alerts/silence.ts";
import { counterSignals } from "./config/configuration.ts";
import type { ConfigurationHolder } from "./config/configuration-holder.ts";
import type { Environment } from "./config/interpolate.ts";
import { openConfigurationFile } from "./engine/configuration-file.ts";
import { createReceivers, type ReceiverAddresses } from "./engine/create-receivers.ts";
import { createDeadThresholds } from "./engine/dead-thresholds.ts";
import { createEvaluation } from "./engine/evaluation.ts";
import { startHousekeeping } from "./engine/housekeeping.ts";
import { createIntake } from "./engine/intake.ts";
import { createLateServices } from "./engine/late-services.ts";
import { openDiagnosing } from "./engine/open-diagnosing.ts";
import { openJournal } from "./engine/open-journal.ts";
import { openObserverBus } from "./engine/open-observer-bus.ts";
import { openSignalSource, type SignalServers } from "./engine/open-signal-source.ts";
import { openState } from "./engine/open-state.ts";
import { createOwnPoints } from "./engine/own-points.ts";
import { startOwnSenders } from "./engine/own-senders.ts";
import { createServiceRegister } from "./engine/service-register.ts";
import { createSignalHistory } from "./engine/signal-history.ts";
import { startReporting } from "./engine/start-reporting.ts";
import { startTickLoop } from "./engine/tick-loop.ts";
import { toIngestLimits } from "./engine/to-ingest-limits.ts";
import { type AccessToken, refuseOpenAddress } from "./http/access/access-tokens.ts";
import { createObserverHttp } from "./http/create-observer-http.ts";
import { createChangeStream } from "./http/live/change-stream.ts";
import { openOtlpServer } from "./ingest/open-otlp-server.ts";
import { createOtlpApp } from "./ingest/otlp-app.ts";
import type { Home } from "./rules/compile-rules.ts";
import { recordDeployment } from "./state/deployments.ts";
import { startRollups } from "./store/rollups/start-rollups.ts";
import { openStore } from "./store/store.ts";
import { createStreamSource } from "./store/windows/stream-source.ts";

export interface ObserverOptions {
  readonly configurationPath: string;
  /** For `${NAME:-default}` in `healthUrl`. */
  readonly environment: Environment;
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly otlpPort: number;
  /** Senders of OTLP must show it; undefined on loopback only. */
  readonly otlpToken: string | undefined;
  /** Who may do what over HTTP; undefined on loopback only, where everybody may do everything. */
  readonly tokens: readonly AccessToken[] | undefined;
  readonly version: string;
  /** Environment and namespace in which the observer itself runs. */
  readonly home: Home;
  readonly postgres: PostgresOptions;
  readonly busUrl: string | undefined;
  readonly addresses: Omit<ReceiverAddresses, "publicUrl" | "outside">;
  readonly heartbeatUrl: string | undefined;
  /** Where the same traces and logs are in tools of others; nowhere when left out. */
  readonly outside?: OutsideLinks;
  /** What rules are evaluated on; the stream when left out. */
  readonly signalServers?: SignalServers;
  /** Where people reach this observer; its own address when undefined. */
  readonly publicUrl: string | undefined;
  readonly logger: Logger;
}

export interface Observer {
  readonly http: Listening;
  readonly otlpUrl: string;
}

const tickMs = 1_000;
const lateWindowSeconds = 2;
const hourMs = 3_600_000;
/** How far windows are filled after a start; longer windows fill by themselves. */
const refillMs = 330_000;

/**
 * The whole observer. Telemetry is taken, judged and people are told while PostgreSQL and the bus are away; both are used when they are there.
 *
 * @throws AppError and StoreError with what, where and how to mend it: configuration, data folder, ports
 */
export async function openObserver(options: ObserverOptions, resources: Resources): Promise<Observer> {
  const { logger, dataDirectory, tokens } = options;
  refuseOpenAddress(options);
  const { outside = noOutsideLinks } = options;
  const publicUrl = options.publicUrl ?? `http://${options.host}:${options.port}`;
  const { holder } = resources.use(
    openConfigurationFile(options.configurationPath, options.environment, logger),
  );
  const { retention } = holder.current;
  const store = resources.use(
    await openStore({
      dataDirectory: join(dataDirectory, "telemetry"),
      retention: {
        maxAgeMs: retention.spansHours * hourMs,
        maxBytes: retention.spansBytesMax,
        maxRollupAgeMs: retention.rollupsDays * 24 * hourMs,
      },
      onFailure: (error) => logger.error({ code: error.code }, error.message),
    }),
  );
  const state = resources.use(openState(options.postgres, logger));
  const startedAtMs = Date.now();
  const lateServices = createLateServices();
  const diagnosing = resources.use(openDiagnosing(holder, state, lateServices.worstDelayMs, logger));
  const journal = await openJournal(options, state, resources);

  let alerting: Alerting | undefined;
  const { busUrl } = options;
  const bus =
    busUrl === undefined
      ? undefined
      : resources.use(openObserverBus({ url: busUrl, holder, alerting: () => alerting, logger }));
  const receivers = createReceivers(
    holder.current.receivers,
    { ...options.addresses, publicUrl, outside },
    bus,
    logger,
  );
  alerting = resources.use(
    createAlerting({
      journal,
      receivers,
      settings: () => toDeliverySettings(holder.current),
      machineSettings: () => holder.current.alerts,
      explain: diagnosing.explainAlert,
      clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
      logger,
    }),
  );

  const source = createStreamSource();
  const counters = () => counterSignals(holder.current);
  source.follow(counters());
  const register = createServiceRegister((seen) => {
    const deployment = { ...seen, deployedAtMs: seen.atMs, announcedBy: undefined, note: undefined };
    state.ready
      .then(() => state.run((db) => recordDeployment(db, deployment)))
      .catch((error) => logger.warn({ error, ...seen }, "a version that was seen cannot be stored"));
  });
  const intake = createIntake({
    store,
    source,
    register,
    traceBuffer: diagnosing.traceBuffer,
    windowMs: refillMs,
    tracesMs: holder.current.traceBuffer.ageMsMax,
    logger,
  });
  const filledSinceMs = Date.now() - refillMs;
  await intake.refill(Date.now());
  resources.use(
    startRollups({
      ...{ source, journal: store.journal, filledSinceMs, nowMs: Date.now },
      lastMinuteMs: await store.lastRollupMs(),
      onError: (error) => logger.error({ err: error }, "a minute cannot be rolled up"),
    }),
  );

  const signals = await openSignalSource(options.signalServers ?? { source: "stream" }, source, {
    streamSinceMs: filledSinceMs,
    logger,
  });
  const otlp = createOtlpApp({
    journal: store.journal,
    onBatch: intake.take,
    hashKey: store.hashKey,
    now: Date.now,
    onError: (error) => logger.error({ err: error }, "a request could not be taken"),
    limits: toIngestLimits(holder.current.ingest),
    token: options.otlpToken,
  });
  const otlpServer = resources.use(
    await openOtlpServer(otlp.listener, { port: options.otlpPort, host: options.host }),
  );
  const evaluation = createEvaluation({
    holder,
    source: signals.source,
    home: options.home,
    seenSubjects: source.seenSubjects,
    alerting,
  });
  const history = createSignalHistory({ source, counters });
  const { seenSubjects } = source;
  const deadThresholds = createDeadThresholds({ holder, evaluation, source, seenSubjects, logger });
  const { listAlerts, listSilences } = alerting;
  const changes = createChangeStream({ readState: () => describeAlerts(listAlerts(), listSilences()) });
  const ticks = resources.use(
    startTickLoop({
      intervalMs: tickMs,
      tick: async (atMs) => {
        source.follow(counters());
        await evaluation.tick(atMs);
        history.note(atMs);
        lateServices.note(source.read("eventLoopDelayP99", lateWindowSeconds, atMs));
        await deadThresholds.note(atMs);
        changes.note(atMs);
      },
      onError: (error) => logger.error({ err: error }, "a tick failed"),
      nowMs: Date.now,
    }),
  );
  const ownPoints = createOwnPoints();
  resources.use(
    startOwnSenders({
      holder,
      intake: ownPoints.passing(intake),
      register,
      logger,
      startedAtMs,
      version: options.version,
      home: options.home,
      pool: state.db.pool,
    }),
  );
  const { smtp } = options.addresses;
  const reportMaker = startReporting(
    { holder, state, store, alerting, diagnosing, register, bus, smtp, publicUrl, logger },
    resources,
  );
  resources.use(startHousekeeping({ state, retention: () => holder.current.retention, logger }));
  startHeartbeats(options, holder, () => ticks.lastTickAtMs, resources);

  const app = createObserverHttp({
    ...{
      version: options.version,
      publicUrl,
      outside,
      logger,
      startedAtMs,
      holder,
      store,
      state,
      alerting,
      register,
    },
    ...{
      evaluation,
      deadThresholds,
      source,
      signals,
      history,
      changes,
      ticks,
      otlp,
      diagnosing,
      reportMaker,
      tokens,
      ownPoints,
    },
    isBusOpen: () => bus?.isOpen,
  });
  const http = resources.use(await listen(app, { port: options.port, host: options.host }));
  // Closed before the server, which would wait for the answers that pages keep open.
  resources.use(changes);
  return { http, otlpUrl: otlpServer.url };
}

/** Differs when an alert or a silence changed, so that open pages are told at once. */
function describeAlerts(alerts: readonly Alert[], silences: readonly Silence[]): string {
  return JSON.stringify([
    alerts.map(({ fingerprint, state, findings }) => [fingerprint, state, findings.length]),
    silences.map(({ id, updatedAtMs }) => [id, updatedAtMs]),
  ]);
}

function startHeartbeats(
  options: ObserverOptions,
  holder: ConfigurationHolder,
  lastTickAtMs: () => number | undefined,
  resources: Resources,
): void {
  const { heartbeatUrl: url, logger } = options;
  const configured = holder.current.receivers.find(({ type }) => type === "heartbeat");
  if (url === undefined || configured === undefined) return;
  const intervalMs = configured.repeatIntervalSeconds * 1000;
  resources.use(startHeartbeat({ url, intervalMs, lastTickAtMs, nowMs: Date.now, logger }));
}

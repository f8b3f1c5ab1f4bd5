import { randomUUID } from "node:crypto";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import { type JobResult, type JobWithMetadata, PgBoss } from "pg-boss";
import { AppError } from "../errors.ts";
import type { Bus, DeadLetter, EventEnvelope, EventHandler } from "./bus.ts";
import { type BusTelemetry, createBusTelemetry, observeQueueDepth } from "./bus-telemetry.ts";
import type { OpenBusOptions } from "./open-bus.ts";
import { createOutageReport } from "./outage-report.ts";
import { type BusRetry, defaultRetry, isBeyondRetry } from "./retry.ts";

const SYSTEM = "pg-boss";

const WORK = {
  batchSize: 20,
  perJobResults: true,
  // A full batch means more is waiting: fetch on at once. NOTIFY wakes an idle worker; polling finds the retries.
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 1,
  notifyPollingIntervalSeconds: 1,
} as const;

/** Events go to the database in groups of those that were published while the last group was on its way. */
const GROUP_MAX = 1_000;

const QUEUE = {
  notify: true,
  retryBackoff: true,
  // A worker says every five seconds that it lives; one that is silent for ten loses what it had in its hands.
  heartbeatSeconds: 10,
  expireInSeconds: 300,
  retentionSeconds: 30 * 86_400,
  deleteAfterSeconds: 3_600,
};

const DEAD_QUEUE = { retentionSeconds: 90 * 86_400, deleteAfterSeconds: 90 * 86_400 };

/**
 * The bus in PostgreSQL, by pg-boss, in a database of its own: one queue per event and consumer.
 *
 * @throws AppError `bus.unreachable`
 */
export async function openPgBossBus(options: OpenBusOptions): Promise<Bus> {
  const url = new URL(options.url);
  const boss = new PgBoss({
    host: url.hostname,
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    application_name: `${options.applicationName}-bus`,
    max: 5,
    connectionTimeoutMillis: 5_000,
    useListenNotify: true,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    // Spans and metrics are made by createBusTelemetry, alike for every bus.
    openTelemetry: { enabled: false },
  });
  const reportOutage = createOutageReport(options.logger);
  boss.on("error", reportOutage);
  boss.on("warning", (warning) => options.logger.warn({ warning }, "pg-boss warns"));
  try {
    await context.with(ROOT_CONTEXT, () => boss.start());
  } catch (cause) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw new AppError(
      "unavailable",
      "bus.unreachable",
      `the bus at ${url.host}${url.pathname} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}. Start it, or set BUS_URL.`,
      { cause },
    );
  }
  return new PgBossBus(boss, createBusTelemetry(SYSTEM), options.retry ?? defaultRetry);
}

type Waiting = { event: EventEnvelope; done: () => void; fail: (error: unknown) => void };

class PgBossBus implements Bus {
  readonly #boss: PgBoss;
  readonly #telemetry: BusTelemetry;
  readonly #retry: BusRetry;
  readonly #queues = new Map<string, { event: string; consumer: string }>();
  readonly #depth: Disposable;
  #waiting: Waiting[] = [];
  #isSending = false;

  constructor(boss: PgBoss, telemetry: BusTelemetry, retry: BusRetry) {
    this.#boss = boss;
    this.#telemetry = telemetry;
    this.#retry = retry;
    this.#depth = observeQueueDepth(SYSTEM, () => this.#readDepths());
  }

  publish(event: EventEnvelope): Promise<void> {
    return this.#telemetry.send(
      event,
      (traced) =>
        new Promise((done, fail) => {
          this.#waiting.push({ event: traced, done, fail });
          // Outside of the caller's context: a group has many callers, so none of them owns its statements.
          if (!this.#isSending) void context.with(ROOT_CONTEXT, () => this.#sendGroups());
        }),
    );
  }

  async #sendGroups(): Promise<void> {
    this.#isSending = true;
    // What is published in the same turn travels together.
    await new Promise((turn) => setImmediate(turn));
    while (this.#waiting.length > 0) await this.#sendGroup(this.#waiting.splice(0, GROUP_MAX));
    this.#isSending = false;
  }

  async #sendGroup(group: Waiting[]): Promise<void> {
    try {
      await this.#insert(group.map(({ event }) => event));
      for (const { done } of group) done();
    } catch (error) {
      // One event that the database refuses must not hold up its neighbours.
      if (group.length > 1 && isRefusal(error)) for (const one of group) await this.#sendGroup([one]);
      else for (const { fail } of group) fail(error);
    }
  }

  async #insert(events: EventEnvelope[]): Promise<void> {
    const names = [...new Set(events.map(({ name }) => name))];
    const { rows } = await this.#boss
      .getDb()
      .executeSql("select event, name from pgboss.subscription where event = any($1)", [names]);
    for (const { event: eventName, name: queue } of rows as { event: string; name: string }[]) {
      const jobs = events
        .filter(({ name }) => name === eventName)
        .map((event, index) => ({ id: createOrderedId(index), data: event }));
      await this.#boss.insert(queue, jobs, { returnId: false });
    }
  }

  async subscribe(name: string, consumer: string, handler: EventHandler): Promise<void> {
    const queue = toQueueName(name, consumer);
    this.#queues.set(queue, { event: name, consumer });
    const dead = toDeadQueueName(queue);
    const settings = {
      ...QUEUE,
      retryLimit: this.#retry.limit,
      retryDelay: this.#retry.delaySeconds,
      retryDelayMax: this.#retry.delayMaxSeconds,
    };
    await context.with(ROOT_CONTEXT, async () => {
      await this.#boss.createQueue(dead, DEAD_QUEUE);
      await this.#boss.createQueue(queue, { ...settings, deadLetter: dead });
      // A queue that exists keeps its settings on createQueue.
      await this.#boss.updateQueue(queue, settings);
      await this.#boss.subscribe(name, queue);
      await this.#boss.work<EventEnvelope, void, typeof WORK>(queue, WORK, (jobs) =>
        this.#work(consumer, handler, jobs as JobWithMetadata<EventEnvelope>[]),
      );
    });
  }

  /** Events of one ordering key one after the other, different keys side by side; each with a result of its own. */
  async #work(
    consumer: string,
    handler: EventHandler,
    jobs: JobWithMetadata<EventEnvelope>[],
  ): Promise<JobResult[]> {
    const lanes = Map.groupBy(jobs, (job) => job.data.orderingKey ?? job.id);
    const results = await Promise.all(
      [...lanes.values()].map(async (lane) => {
        const done: JobResult[] = [];
        for (const job of lane) done.push(await this.#workOne(consumer, handler, job));
        return done;
      }),
    );
    return results.flat();
  }

  async #workOne(
    consumer: string,
    handler: EventHandler,
    job: JobWithMetadata<EventEnvelope>,
  ): Promise<JobResult> {
    try {
      await this.#telemetry.process(job.data, consumer, () => handler(job.data));
      return { id: job.id, status: "completed" };
    } catch (error) {
      const output = { message: error instanceof Error ? error.message : String(error) };
      return { id: job.id, status: isBeyondRetry(error) ? "deadletter" : "failed", output };
    }
  }

  async #readDepths(): Promise<{ event: string; consumer: string; depth: number }[]> {
    if (this.#queues.size === 0) return [];
    const { rows } = await this.#boss
      .getDb()
      .executeSql(
        "select name, count(*)::int as depth from pgboss.job where name = any($1) and state < 'active' group by name",
        [[...this.#queues.keys()]],
      );
    const depths = new Map(rows.map(({ name, depth }) => [name, depth]));
    return [...this.#queues].map(([queue, names]) => ({ ...names, depth: depths.get(queue) ?? 0 }));
  }

  async readDeadLetters(name: string, consumer: string, limit: number): Promise<DeadLetter[]> {
    const { rows } = await this.#boss.getDb().executeSql(
      `select data as event, source_output as output, created_on as failed_at
         from pgboss.job where name = $1 order by created_on desc limit $2`,
      [toDeadQueueName(toQueueName(name, consumer)), limit],
    );
    return rows.map((row) => ({
      event: row.event,
      error: row.output?.message ?? row.output?.value?.message ?? "unknown",
      failedAt: new Date(row.failed_at).toISOString(),
    }));
  }

  async ping(): Promise<void> {
    await this.#boss.getDb().executeSql("select 1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#depth[Symbol.dispose]();
    await this.#boss.stop({ graceful: true, timeout: 5_000 });
  }
}

/**
 * Jobs are fetched by time of insertion, which one statement gives all its rows alike, then by id. So the id grows with
 * the place in the group: a UUID of version 7 whose counter is that place.
 */
function createOrderedId(index: number): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const counter = index.toString(16).padStart(3, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${randomUUID().slice(19)}`;
}

function toQueueName(event: string, consumer: string): string {
  return `${event}/${consumer}`;
}

function toDeadQueueName(queue: string): string {
  return `${queue}/dead`;
}

/** An answer of the database about the statement, as opposed to no answer. Classes 08, 53, 57 and 58 are its own troubles. */
function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57|58)/.test(code);
}

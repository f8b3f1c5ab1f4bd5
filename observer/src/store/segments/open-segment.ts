import type { DuckDBConnection } from "@duckdb/node-api";
import { readLogRows, readPointRows, readRollupRows, readSpanRows } from "../decode-rows.ts";
import type { JournalEntry } from "../journal/journal-format.ts";
import type { MetricRecord } from "../point-record.ts";
import type { ResourceRecord } from "../span-record.ts";
import { createSegmentSql, tables } from "./segment-schema.ts";
import { TableAppender } from "./table-appender.ts";

export interface SegmentIdentity {
  readonly number: number;
  /** Of the entries in it, by arrival: `20261124T01`, UTC. */
  readonly hour: string;
}

/**
 * The segment that takes new records: tables in a DuckDB file of its own. Rows and the number of the last journal entry in it are
 * committed together, so that after a crash reading goes on exactly where the file ends.
 */
export class OpenSegment implements Disposable {
  readonly identity: SegmentIdentity;
  readonly catalog: string;
  readonly #connection: DuckDBConnection;
  readonly #appenders: Readonly<Record<keyof typeof tables, TableAppender>>;
  readonly #senders = new Map<string, number>();
  readonly #metrics = new Map<string, number>();
  #lastSender = { resource: "", scope: "", id: -1 };
  #lastNumber: number;
  #inTransaction = false;
  rowsInTransaction = 0;
  rows = 0;

  private constructor(
    connection: DuckDBConnection,
    identity: SegmentIdentity,
    lastNumber: number,
    appenders: Readonly<Record<keyof typeof tables, TableAppender>>,
  ) {
    this.identity = identity;
    this.catalog = toCatalog(identity.number);
    this.#connection = connection;
    this.#lastNumber = lastNumber;
    this.#appenders = appenders;
  }

  /** The number of the last entry that was added; committed by the next `commit`. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Makes an empty segment in a database already attached under `toCatalog(number)`. */
  static async create(
    connection: DuckDBConnection,
    identity: SegmentIdentity,
    afterNumber: number,
  ): Promise<OpenSegment> {
    const catalog = toCatalog(identity.number);
    await connection.run("begin");
    for (const statement of createSegmentSql(catalog)) await connection.run(statement);
    await connection.run(`insert into ${catalog}.position values (${afterNumber}, '${identity.hour}')`);
    await connection.run("commit");
    return OpenSegment.#open(connection, identity, afterNumber);
  }

  /** Goes on with a segment that a former process left; undefined where it was never committed as a whole. */
  static async resume(connection: DuckDBConnection, number: number): Promise<OpenSegment | undefined> {
    const catalog = toCatalog(number);
    const found = await connection.runAndReadAll(
      `select count(*) as tables from duckdb_tables() where database_name = '${catalog}' and table_name = 'position'`,
    );
    if (Number(found.getRowsJS()[0]?.[0]) === 0) return undefined;
    const position = await connection.runAndReadAll(`select number, hour from ${catalog}.position`);
    const [lastNumber, hour] = position.getRowsJS()[0] ?? [];
    if (typeof lastNumber !== "number" || typeof hour !== "string") return undefined;
    const segment = await OpenSegment.#open(connection, { number, hour }, lastNumber);
    await segment.#restore();
    return segment;
  }

  static async #open(
    connection: DuckDBConnection,
    identity: SegmentIdentity,
    lastNumber: number,
  ): Promise<OpenSegment> {
    const catalog = toCatalog(identity.number);
    const open = (name: keyof typeof tables) => TableAppender.open(connection, tables[name], catalog);
    return new OpenSegment(connection, identity, lastNumber, {
      senders: await open("senders"),
      metrics: await open("metrics"),
      spans: await open("spans"),
      points: await open("points"),
      logs: await open("logs"),
      rollups: await open("rollups"),
    });
  }

  async #restore(): Promise<void> {
    const senders = await this.#connection.runAndReadAll(
      `select id, resource, scope from ${this.catalog}.senders`,
    );
    for (const [id, resource, scope] of senders.getRowsJS())
      this.#senders.set(`${resource}\n${scope}`, Number(id));
    const metrics = await this.#connection.runAndReadAll(
      `select id, name, description, unit, kind, temporality, monotonic from ${this.catalog}.metrics`,
    );
    for (const [id, name, description, unit, kind, temporality, monotonic] of metrics.getRowsJS()) {
      this.#metrics.set(
        JSON.stringify({ name, description, unit, kind, temporality, monotonic }),
        Number(id),
      );
    }
    const counts = await this.#connection.runAndReadAll(
      `select (select count(*) from ${this.catalog}.spans) + (select count(*) from ${this.catalog}.points)
        + (select count(*) from ${this.catalog}.logs)`,
    );
    this.rows = Number(counts.getRowsJS()[0]?.[0]);
  }

  /**
   * Adds the records of one journal entry.
   *
   * @throws RangeError where the payload cannot be read; the segment has then to be given up and resumed without the entry
   */
  async add(entry: JournalEntry): Promise<void> {
    if (!this.#inTransaction) {
      await this.#connection.run("begin");
      this.#inTransaction = true;
    }
    const receivedAt = BigInt(Math.round(entry.receivedAtMs));
    if (entry.kind === "spans") this.#addSpans(entry.payload, receivedAt);
    else if (entry.kind === "points") this.#addPoints(entry.payload, receivedAt);
    else if (entry.kind === "logs") this.#addLogs(entry.payload, receivedAt);
    else this.#addRollups(entry.payload);
    this.#lastNumber = entry.number;
  }

  /** Makes what was added durable and visible. */
  async commit(): Promise<void> {
    if (!this.#inTransaction) return;
    for (const appender of Object.values(this.#appenders)) appender.flush();
    await this.#connection.run(`update ${this.catalog}.position set number = ${this.#lastNumber}`);
    await this.#connection.run("commit");
    this.#inTransaction = false;
    this.rows += this.rowsInTransaction;
    this.rowsInTransaction = 0;
  }

  [Symbol.dispose](): void {
    for (const appender of Object.values(this.#appenders)) appender[Symbol.dispose]();
  }

  #addSpans(payload: Buffer, receivedAt: bigint): void {
    const { spans } = this.#appenders;
    readSpanRows(payload, (row) => {
      const sender = this.#sender(row.resource, row.scope);
      spans.add(
        ...[row.traceHigh, row.traceLow, row.spanId, row.parentSpanId, sender, row.name, row.route, row.kind],
        ...[
          row.status,
          row.flags,
          row.startUnixNano,
          row.endUnixNano,
          receivedAt,
          row.attributes,
          row.extras,
        ],
      );
      this.rowsInTransaction++;
    });
  }

  #addPoints(payload: Buffer, receivedAt: bigint): void {
    const { points } = this.#appenders;
    readPointRows(payload, (row) => {
      const sender = this.#sender(row.resource, row.scope);
      const metric = this.#metric(row.metric);
      points.add(
        ...[sender, metric, row.startUnixNano, row.timeUnixNano, receivedAt, row.flags],
        ...[Number.isNaN(row.value) ? null : row.value, row.attributes, row.detail, row.exemplars],
      );
      this.rowsInTransaction++;
    });
  }

  #addLogs(payload: Buffer, receivedAt: bigint): void {
    const { logs } = this.#appenders;
    readLogRows(payload, (row) => {
      const sender = this.#sender(row.resource, row.scope);
      logs.add(
        ...[
          sender,
          row.traceHigh,
          row.traceLow,
          row.spanId,
          row.timeUnixNano,
          row.observedUnixNano,
          receivedAt,
        ],
        ...[row.severityNumber, row.severityText, row.eventName, row.flags, row.droppedAttributesCount],
        ...[row.body, row.attributes],
      );
      this.rowsInTransaction++;
    });
  }

  #addRollups(payload: Buffer): void {
    for (const row of readRollupRows(payload)) {
      const {
        minuteMs,
        name,
        environment,
        namespace,
        service,
        route,
        count,
        failed,
        sumMs,
        value,
        bounds,
        counts,
      } = row;
      this.#appenders.rollups.add(
        ...[
          BigInt(minuteMs),
          name,
          environment,
          namespace,
          service,
          route ?? "",
          count,
          failed,
          sumMs,
          value ?? null,
        ],
        ...[JSON.stringify(bounds), JSON.stringify(counts)],
      );
      this.rowsInTransaction++;
    }
  }

  /** Rows of one sender come one after the other, with the very same strings. */
  #sender(resource: string, scope: string): number {
    const last = this.#lastSender;
    if (last.resource === resource && last.scope === scope) return last.id;
    const id = this.#findSender(resource, scope);
    this.#lastSender = { resource, scope, id };
    return id;
  }

  #findSender(resource: string, scope: string): number {
    const key = `${resource}\n${scope}`;
    const known = this.#senders.get(key);
    if (known !== undefined) return known;
    const id = this.#senders.size;
    this.#senders.set(key, id);
    const record: ResourceRecord = JSON.parse(resource);
    const { service, namespace, environment, instance, version } = record;
    this.#appenders.senders.add(
      id,
      service,
      namespace,
      environment,
      instance ?? "",
      version ?? "",
      resource,
      scope,
    );
    return id;
  }

  #metric(json: string): number {
    const known = this.#metrics.get(json);
    if (known !== undefined) return known;
    const id = this.#metrics.size;
    this.#metrics.set(json, id);
    const { name, description, unit, kind, temporality, monotonic }: MetricRecord = JSON.parse(json);
    this.#appenders.metrics.add(id, name, description, unit, kind, temporality, monotonic);
    return id;
  }
}

/** The name under which a segment's database is attached. */
export function toCatalog(number: number): string {
  return `segment_${number}`;
}

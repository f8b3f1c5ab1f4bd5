import pg from "pg";
import { z } from "zod";
import { toDatabaseError } from "./database-away.ts";
import { withQueryName } from "./query-name.ts";

/** The environment of every service that has a database. */
export const postgresEnvironment = {
  POSTGRES_HOST: z.string().min(1).default("127.0.0.1"),
  POSTGRES_PORT: z.coerce.number().int().min(1).max(65_535).default(5432),
  POSTGRES_DATABASE: z.string().min(1),
  POSTGRES_USER: z.string().min(1),
  POSTGRES_PASSWORD: z.string().min(1),
  POSTGRES_POOL_MAX: z.coerce.number().int().min(1).max(500).default(10),
};

/** Where a database is and who asks. Host, port and database stay fields of their own, so that pool metrics name them. */
export type PostgresOptions = {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
};

/** The connection that a service's environment names. */
export function toPostgresOptions(environment: {
  POSTGRES_HOST: string;
  POSTGRES_PORT: number;
  POSTGRES_DATABASE: string;
  POSTGRES_USER: string;
  POSTGRES_PASSWORD: string;
}): PostgresOptions {
  return {
    host: environment.POSTGRES_HOST,
    port: environment.POSTGRES_PORT,
    database: environment.POSTGRES_DATABASE,
    user: environment.POSTGRES_USER,
    password: environment.POSTGRES_PASSWORD,
  };
}

/** @param max connections in the pool, default 10 */
export type OpenPostgresOptions = PostgresOptions & {
  max?: number;
  applicationName: string;
  /** Longest wait for a connection, of the pool or of the server; default 5,000. */
  connectionTimeoutMs?: number;
  /** Longest run of one statement before the server cancels it; default 30,000. */
  statementTimeoutMs?: number;
  /** Hears of connections that broke while idle; the pool replaces them by itself. */
  onIdleError?: (error: Error) => void;
};

/**
 * One statement. The name (`orders.list_open`) says which function asks and shows on spans; it prepares nothing.
 */
export type Query = { name?: string; text: string; values?: unknown[] };

/** What a repository function needs: a pool or a transaction. */
export type Queryable = {
  query<Row>(query: Query): Promise<{ rows: Row[]; rowCount: number }>;
};

/** A pool of connections. int8 is read as a number (and refused beyond 2^53), date as `YYYY-MM-DD`, numeric as text. */
export type Database = Queryable &
  AsyncDisposable & {
    readonly pool: pg.Pool;
    readonly options: PostgresOptions;
  };

const INT8_OID = 20;
const DATE_OID = 1082;

function readInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number`);
  return value;
}

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (format !== "binary" && oid === INT8_OID) return readInt8;
    if (format !== "binary" && oid === DATE_OID) return String;
    return pg.types.getTypeParser(oid, format as "text");
  }) as typeof pg.types.getTypeParser,
};

/**
 * The settings every connection of ours starts with: its name in pg_stat_activity, our types, bounded waits.
 *
 * @param statementTimeoutMs 0 means no limit
 */
export function toClientConfig(
  options: PostgresOptions,
  applicationName: string,
  statementTimeoutMs: number,
): pg.ClientConfig {
  return {
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    password: options.password,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    types,
  };
}

/**
 * Opens a pool. Connects on first use, so a database that is away is noticed by the first query, not here.
 *
 * @throws nothing; queries throw DatabaseAwayError where there is no connection or it was lost, else what the driver throws
 */
export function openPostgres(options: OpenPostgresOptions): Database {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const pool = new pg.Pool({
    ...toClientConfig(options, options.applicationName, statementTimeoutMs),
    // A server that froze never cancels a statement: the client gives up a little later by itself.
    ...(statementTimeoutMs > 0 ? { query_timeout: statementTimeoutMs + 5_000 } : {}),
    max: options.max ?? 10,
    ...(options.connectionTimeoutMs === undefined
      ? {}
      : { connectionTimeoutMillis: options.connectionTimeoutMs }),
    idleTimeoutMillis: 30_000,
  });
  // Without a listener one lost idle connection would end the process.
  pool.on("error", (error) => options.onIdleError?.(error));
  // Neither does the pool listen from when it hands a connection out until its taker can: the loss may be in the same packet.
  pool.on("connect", (client) => client.on("error", () => {}));
  const { host, port, database, user, password } = options;
  let closing: Promise<void> | undefined;
  return {
    pool,
    options: { host, port, database, user, password },
    async query(query) {
      try {
        return await send(pool, query);
      } catch (error) {
        throw toDatabaseError(error);
      }
    },
    [Symbol.asyncDispose]: () => (closing ??= pool.end()),
  };
}

async function send<Row>(
  connection: pg.Pool | pg.PoolClient,
  query: Query,
): Promise<{ rows: Row[]; rowCount: number }> {
  const { text, values } = query;
  const result = await withQueryName(query.name, () =>
    connection.query(values === undefined ? { text } : { text, values }),
  );
  return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 };
}

const RETRYABLE_STATES = new Set(["40001", "40P01"]);

/** The five-character SQLSTATE of an error from the database, undefined for any other error. */
export function readSqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it throws.
 *
 * @param options.isolation default `read committed`
 * @param options.retries how often a serialization failure or a deadlock is tried again, default 3; `work` must
 *   therefore have no effect outside the transaction
 * @throws what `work` or the driver threw last; DatabaseAwayError where there was no connection, or it was lost: even the commit may
 *   have been done then
 */
export async function inTransaction<T>(
  db: Database,
  work: (tx: Queryable) => Promise<T>,
  options: { isolation?: "read committed" | "repeatable read" | "serializable"; retries?: number } = {},
): Promise<T> {
  const retries = options.retries ?? 3;
  for (let attempt = 0; ; attempt++) {
    try {
      return await runOnce(db, work, options.isolation ?? "read committed");
    } catch (error) {
      if (attempt >= retries || !RETRYABLE_STATES.has(readSqlState(error) ?? ""))
        throw toDatabaseError(error);
    }
  }
}

async function runOnce<T>(db: Database, work: (tx: Queryable) => Promise<T>, isolation: string): Promise<T> {
  const client = await db.pool.connect();
  let broken: Error | undefined;
  // A connection lost between two statements of the transaction is reported here; the next statement then fails.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query(isolation === "read committed" ? "begin" : `begin isolation level ${isolation}`);
    const result = await work({ query: (query) => send(client, query) });
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((rollbackError: Error) => {
      broken ??= rollbackError;
    });
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

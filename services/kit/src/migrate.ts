import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { AppError } from "./errors.ts";
import { type PostgresOptions, toClientConfig } from "./postgres.ts";

export const KIT_MIGRATIONS = new URL("../migrations/", import.meta.url);

/** Wide enough for an index build on a large table; every migration of one start shares the connection. */
const MIGRATION_STATEMENT_TIMEOUT_MS = 600_000;

/**
 * Brings a schema up to date: first the tables every service has (outbox, consumed events), then the service's own
 * plain SQL files `0001_orders.sql` in order of their number. Runs under a lock of the database, so several instances
 * may start at once; each set of files is applied in one transaction. Idempotent.
 *
 * @param options.schema must exist and belong to the user, or the user may create it
 * @param options.directory the service's migrations; omit it for a schema with kit's tables only
 * @returns the names of the migrations applied by this call, none when all was up to date
 * @throws AppError `postgres.unreachable` when no connection can be made, `postgres.migration` when a file fails
 */
export async function migrate(options: {
  database: PostgresOptions;
  schema: string;
  directory?: URL;
  /** Called with one line per applied migration. */
  log?: (line: string) => void;
}): Promise<string[]> {
  const client = new pg.Client(
    toClientConfig(options.database, "kontor-migrate", MIGRATION_STATEMENT_TIMEOUT_MS),
  );
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw toUnreachable(options.database, cause);
  }
  try {
    await client
      .query(`create schema if not exists ${client.escapeIdentifier(options.schema)}`)
      .catch(ignoreDenied);
    await setSearchPath(client, options.schema);
    const applied = await runAll(client, options.schema, KIT_MIGRATIONS, "kit_migrations");
    if (options.directory !== undefined) {
      applied.push(...(await runAll(client, options.schema, options.directory, "schema_migrations")));
    }
    for (const name of applied) options.log?.(`migrated ${options.schema}: ${name}`);
    return applied;
  } finally {
    await client.end();
  }
}

async function runAll(client: pg.Client, schema: string, directory: URL, table: string): Promise<string[]> {
  const problems: string[] = [];
  const silent = () => {};
  try {
    const done = await runner({
      dbClient: client,
      direction: "up",
      dir: fileURLToPath(directory),
      schema,
      migrationsSchema: schema,
      migrationsTable: table,
      ignorePattern: "(?!.*\\.sql$).*",
      advisoryLockMode: "wait",
      singleTransaction: true,
      logger: { debug: silent, info: silent, warn: silent, error: (line) => problems.push(String(line)) },
    });
    return done.map((migration) => migration.name);
  } catch (cause) {
    const reason = problems[0] ?? (cause instanceof Error ? cause.message : String(cause));
    throw new AppError("unavailable", "postgres.migration", `migrating schema ${schema} failed: ${reason}`, {
      cause,
    });
  }
}

/**
 * Makes the schema the first one the role looks into, whoever made the role: kit's tables are named without a schema.
 * Connections opened from now on have it.
 */
async function setSearchPath(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ current_schema: string | null; name: string }>(
    "select current_schema(), current_database() as name",
  );
  if (rows[0] === undefined || rows[0].current_schema === schema) return;
  const [database, first] = [rows[0].name, schema].map((name) => client.escapeIdentifier(name));
  const text = `alter role current_user in database ${database} set search_path to ${first}, public`;
  await client.query(text).catch((error: unknown) => {
    // Two instances that start at once: the other one has done it.
    if (!(error instanceof pg.DatabaseError && error.code === "XX000")) throw error;
  });
}

/** A role without the right to create schemas works in one that was made for it. */
function ignoreDenied(error: unknown): void {
  if (error instanceof pg.DatabaseError && error.code === "42501") return;
  throw error;
}

function toUnreachable(database: PostgresOptions, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new AppError(
    "unavailable",
    "postgres.unreachable",
    `PostgreSQL at ${database.host}:${database.port}, database ${database.database}, user ${database.user}, cannot be used: ${reason}. ` +
      "Start it, or set POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DATABASE, POSTGRES_USER and POSTGRES_PASSWORD.",
    { cause },
  );
}

import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { inject } from "vitest";
import { KIT_MIGRATIONS, migrate } from "../migrate.ts";
import { type Database, openPostgres, type PostgresOptions } from "../postgres.ts";
import { provisionPostgres } from "../provision-postgres.ts";

/** A database of a test file's own, seen as the role that owns the schema. */
export type TestDatabase = Database & {
  /** The superuser in the same database: to look behind the scenes, cut connections, hold locks. */
  readonly adminDatabase: Database;
};

const PASSWORD = "test";

/** Serialises the making of templates among the workers of a run. */
const TEMPLATE_LOCK = 7_301;

/**
 * A fresh database with one migrated schema, cloned from a template that is migrated once per run. Dispose of it in
 * `afterAll`; disposing fails when somebody still holds a connection, which is a pool the test forgot to close.
 *
 * @param options.migrations the service's migrations; omit it for the tables of kit only
 */
export async function openTestDatabase(options: { schema: string; migrations?: URL }): Promise<TestDatabase> {
  const admin = inject("postgresAdmin");
  const hash = await hashMigrations([KIT_MIGRATIONS, ...(options.migrations ? [options.migrations] : [])]);
  const role = `${options.schema}_test`;
  const template = `template_${options.schema}_${hash}`;
  await makeTemplate(admin, template, role, options);
  return openClone(admin, template, { user: role, password: PASSWORD });
}

/** An empty database whose role may make schemas of its own, as the bus does. */
export async function openTestBusDatabase(): Promise<TestDatabase & { readonly url: string }> {
  const admin = inject("postgresAdmin");
  await makeTemplate(admin, "template_bus", "bus_test", undefined);
  const database = await openClone(admin, "template_bus", { user: "bus_test", password: PASSWORD });
  const { host, port, database: name } = database.options;
  // The right to make schemas is the database's and is not cloned.
  await database.adminDatabase.query({ text: `grant create on database ${name} to bus_test` });
  return { ...database, url: `postgres://bus_test:${PASSWORD}@${host}:${port}/${name}` };
}

async function makeTemplate(
  admin: PostgresOptions,
  template: string,
  role: string,
  schema: { schema: string; migrations?: URL } | undefined,
): Promise<void> {
  await using db = openPostgres({ ...admin, applicationName: "test-template", max: 1 });
  await db.query({ text: `select pg_advisory_lock(${TEMPLATE_LOCK})` });
  const made = await db.query({
    text: "select from pg_database where datname = $1 and datistemplate",
    values: [template],
  });
  if (made.rowCount > 0) return;
  await db.query({ text: `drop database if exists ${template} with (force)` });
  const owner = { role, password: PASSWORD, ...(schema ? { schema: schema.schema } : {}) };
  await provisionPostgres(admin, { databases: [{ name: template, roles: [owner] }] });
  if (schema !== undefined) {
    await migrate({
      database: { ...admin, database: template, user: role, password: PASSWORD },
      schema: schema.schema,
      ...(schema.migrations ? { directory: schema.migrations } : {}),
    });
  }
  // Set last: a template that was left half-made is made anew.
  await db.query({ text: `alter database ${template} is_template true` });
}

async function openClone(
  admin: PostgresOptions,
  template: string,
  login: { user: string; password: string },
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await runAsAdmin(admin, `create database ${name} template ${template}`);
  const adminDatabase = openPostgres({ ...admin, database: name, applicationName: "test-admin", max: 2 });
  // Settings of a role in a database are not cloned.
  await adminDatabase.query({
    text: `do $$ declare s text; begin
             select nspname into s from pg_namespace n join pg_roles r on r.oid = n.nspowner where r.rolname = '${login.user}';
             if s is not null then execute format('alter role ${login.user} in database ${name} set search_path to %I, public', s); end if;
           end $$`,
  });
  const db = openPostgres({ ...admin, ...login, database: name, applicationName: "test" });
  let closing: Promise<void> | undefined;
  return {
    pool: db.pool,
    options: db.options,
    query: db.query,
    adminDatabase,
    [Symbol.asyncDispose]: () => (closing ??= close(admin, name, [db, adminDatabase])),
  };
}

async function close(admin: PostgresOptions, name: string, pools: Database[]): Promise<void> {
  for (const pool of pools) await pool[Symbol.asyncDispose]();
  const leaked = await findConnections(admin, name);
  await runAsAdmin(admin, `drop database if exists ${name} with (force)`);
  if (leaked.length > 0) {
    throw new Error(
      `connections were left open by: ${leaked.join(", ")}. Close every pool that the test opens.`,
    );
  }
}

/** Who is still connected; a server process may take a moment to go after its client has. */
async function findConnections(admin: PostgresOptions, name: string): Promise<string[]> {
  await using db = openPostgres({ ...admin, applicationName: "test-leaks", max: 1 });
  const deadline = Date.now() + 1_000;
  for (;;) {
    const { rows } = await db.query<{ who: string }>({
      text: `select application_name || ' (' || usename || ')' as who from pg_stat_activity where datname = $1`,
      values: [name],
    });
    if (rows.length === 0 || Date.now() > deadline) return rows.map((row) => row.who);
    await db.query({ text: "select pg_sleep(0.02)" });
  }
}

async function runAsAdmin(admin: PostgresOptions, text: string): Promise<void> {
  await using db = openPostgres({ ...admin, applicationName: "test-admin", max: 1 });
  await db.query({ text });
}

async function hashMigrations(directories: URL[]): Promise<string> {
  const hash = createHash("sha256");
  for (const directory of directories) {
    for (const file of (await readdir(directory)).sort()) {
      hash
        .update(file)
        .update(await readFile(new URL(file, directory.href.endsWith("/") ? directory : `${directory}/`)));
    }
  }
  return hash.digest("hex").slice(0, 12);
}

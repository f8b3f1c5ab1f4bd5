import pg from "pg";
import { type PostgresOptions, toClientConfig } from "./postgres.ts";

/** @param roles each owns the schema of its own and sees no other; without a schema it owns the database's `public` */
export type ProvisionedDatabase = {
  name: string;
  roles: { role: string; password: string; schema?: string }[];
};

/**
 * Makes databases, roles and schemas as they ought to be. Idempotent: what exists is kept, passwords are set anew.
 * A role may log in, and may use nothing but its own schema in its own database.
 *
 * @param admin a superuser's connection, to any database of the server
 */
export async function provisionPostgres(
  admin: PostgresOptions,
  plan: { databases: ProvisionedDatabase[] },
): Promise<void> {
  await withClient(admin, async (client) => {
    for (const database of plan.databases) {
      for (const { role, password } of database.roles) await provisionRole(client, role, password);
      await provisionDatabase(client, database.name);
    }
  });
  for (const database of plan.databases) {
    await withClient({ ...admin, database: database.name }, (client) => provisionSchemas(client, database));
  }
}

async function provisionRole(client: pg.Client, role: string, password: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role]);
  const rights = `login nosuperuser nocreatedb nocreaterole password ${client.escapeLiteral(password)}`;
  await client.query(`${rowCount === 0 ? "create" : "alter"} role ${name} with ${rights}`);
}

async function provisionDatabase(client: pg.Client, database: string): Promise<void> {
  const name = client.escapeIdentifier(database);
  const { rowCount } = await client.query("select from pg_database where datname = $1", [database]);
  if (rowCount === 0) await client.query(`create database ${name}`);
  await client.query(`revoke all on database ${name} from public`);
}

async function provisionSchemas(client: pg.Client, database: ProvisionedDatabase): Promise<void> {
  await client.query("revoke create on schema public from public");
  // Trusted extensions belong to the database, not to a schema of one role.
  for (const extension of ["pg_stat_statements", "pg_trgm", "unaccent"]) {
    await client.query(`create extension if not exists ${extension} with schema public`).catch(() => {});
  }
  for (const { role, schema } of database.roles) {
    const owner = client.escapeIdentifier(role);
    const name = client.escapeIdentifier(database.name);
    await client.query(`grant connect, temporary on database ${name} to ${owner}`);
    if (schema === undefined) {
      // A library that brings its own schema (pg-boss) makes it by itself.
      await client.query(`grant create on database ${name} to ${owner}`);
      continue;
    }
    const own = client.escapeIdentifier(schema);
    await client.query(`create schema if not exists ${own} authorization ${owner}`);
    await client.query(`alter role ${owner} in database ${name} set search_path to ${own}, public`);
  }
}

async function withClient(
  options: PostgresOptions,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client(toClientConfig(options, "kontor-provision", 60_000));
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

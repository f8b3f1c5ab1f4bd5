import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { openEmbeddedPostgres } from "../embedded-postgres.ts";
import type { PostgresOptions } from "../postgres.ts";
import { readLiveOwner } from "../process-lock.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's way into the PostgreSQL of this run. */
    postgresAdmin: PostgresOptions;
  }
}

const PREFIX = "kontor-test-postgres-";

/** Speed over safety: nothing of a test outlives it. */
const TEST_SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  shared_buffers: "64MB",
  autovacuum_naptime: "600s",
};

/**
 * Starts one PostgreSQL for a run of vitest, on a free port and in a folder of its own, so that runs may overlap.
 * What a killed earlier run left behind is stopped and removed first.
 *
 * @returns the teardown, called also when tests failed
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeOrphans();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  // mkdtemp closes it to others, and as root the server runs under another account.
  await chmod(folder, 0o755);
  const postgres = await openEmbeddedPostgres({
    dataDir: join(folder, "data"),
    port: 0,
    superuserPassword: randomBytes(12).toString("hex"),
    settings: TEST_SETTINGS,
  });
  project.provide("postgresAdmin", postgres.admin);
  return async () => {
    await postgres[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
}

async function removeOrphans(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const dataDir = join(folder, "data");
    const entries: string[] = await readdir(folder).catch(() => []);
    // A folder without a mark is being made by a neighbour this very moment.
    if (!entries.includes("data.owner") || (await readLiveOwner(dataDir)) !== undefined) continue;
    // Opening a folder stops the server left on it.
    const postgres = await openEmbeddedPostgres({ dataDir, port: 0, superuserPassword: "x" }).catch(
      () => undefined,
    );
    await postgres?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

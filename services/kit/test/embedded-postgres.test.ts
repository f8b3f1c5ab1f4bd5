import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPostgres } from "../src/embedded-postgres.ts";
import { openPostgres, type PostgresOptions } from "../src/postgres.ts";
import { provisionPostgres } from "../src/provision-postgres.ts";
import { startProcess } from "../src/testing/start-process.ts";

let folder: string;
let dataDir: string;
const open = (port = 0) => openEmbeddedPostgres({ dataDir, port, superuserPassword: "secret" });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kontor-embedded-"));
  await chmod(folder, 0o755);
  dataDir = join(folder, "postgres");
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function ask<Row>(options: PostgresOptions, text: string): Promise<Row[]> {
  await using db = openPostgres({ ...options, applicationName: "test", max: 1 });
  return (await db.query<Row>({ text })).rows;
}

async function readServerPid(): Promise<number> {
  return Number((await readFile(join(dataDir, "postmaster.pid"), "utf8")).split("\n")[0]);
}

describe("embedded PostgreSQL", () => {
  it("keeps its data over a stop and a start", async () => {
    {
      await using postgres = await open();
      await ask(postgres.admin, "create table kept as select 1 as n");
    }
    await using postgres = await open();
    expect(await ask(postgres.admin, "select n from kept")).toEqual([{ n: 1 }]);
    expect(
      await ask(
        postgres.admin,
        "select pg_encoding_to_char(encoding) as e from pg_database where datname = 'postgres'",
      ),
    ).toEqual([{ e: "UTF8" }]);
  });

  it("refuses a folder that a live process uses, and names the process", async () => {
    await using _postgres = await open();
    await expect(open()).rejects.toMatchObject({
      code: "postgres.folder_in_use",
      message: expect.stringContaining(String(process.pid)),
    });
  });

  it("refuses a taken port and names the variable", async () => {
    const port = await (async () => {
      await using postgres = await open();
      const neighbour = join(folder, "neighbour");
      const taken = openEmbeddedPostgres({
        dataDir: neighbour,
        port: postgres.admin.port,
        superuserPassword: "x",
      });
      await expect(taken).rejects.toMatchObject({
        code: "postgres.port_taken",
        message: expect.stringContaining("POSTGRES_PORT"),
      });
      return postgres.admin.port;
    })();
    await using again = await open(port);
    expect(again.admin.port).toBe(port);
  });

  // Red when: openEmbeddedPostgres does not stop the server it finds.
  it("takes over from a parent that was killed", async () => {
    const script = join(folder, "parent.ts");
    const module = new URL("../src/embedded-postgres.ts", import.meta.url).pathname;
    await writeFile(
      script,
      `import { openEmbeddedPostgres } from ${JSON.stringify(module)};
       await openEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, port: 0, superuserPassword: "secret" });
       console.log("up"); setInterval(() => {}, 1000);`,
    );
    const env = { PATH: process.env.PATH ?? "" };
    const parent = startProcess(pathToFileURL(script), { env });
    await parent.waitFor(/up/);
    await parent[Symbol.asyncDispose]();
    const orphan = await readServerPid();
    expect(process.kill(orphan, 0)).toBe(true);

    await using postgres = await open();
    expect(await ask(postgres.admin, "select n from kept")).toEqual([{ n: 1 }]);
    expect(await readServerPid()).not.toBe(orphan);
  });

  it("starts again after the server itself was killed", async () => {
    {
      await using _postgres = await open();
      process.kill(await readServerPid(), "SIGKILL");
    }
    await using postgres = await open();
    expect(await ask(postgres.admin, "select n from kept")).toEqual([{ n: 1 }]);
  });

  it("lets a role use its own schema and no other", async () => {
    await using postgres = await open();
    const role = (name: string) => ({ role: name, password: "pw", schema: name });
    const plan = {
      databases: [
        { name: "kontor", roles: [role("auth"), role("core_erp")] },
        { name: "bus", roles: [{ role: "bus", password: "pw" }] },
      ],
    };
    await provisionPostgres(postgres.admin, plan);
    await provisionPostgres(postgres.admin, plan);
    const as = (user: string, database = "kontor") => ({ ...postgres.admin, database, user, password: "pw" });
    await ask(as("auth"), "create table secrets (id int)");
    await ask(as("bus", "bus"), "create schema pgboss");
    await expect(ask(as("core_erp"), "select * from auth.secrets")).rejects.toThrow("permission denied");
    await expect(ask(as("core_erp"), "create table public.stray (id int)")).rejects.toThrow(
      "permission denied",
    );
    await expect(ask(as("core_erp", "bus"), "select 1")).rejects.toThrow("permission denied");
  });

  it("leaves no server behind", async () => {
    const postgres = await open();
    await postgres[Symbol.asyncDispose]();
    await expect(ask(postgres.admin, "select 1")).rejects.toThrow("ECONNREFUSED");
    expect((await readdir(folder)).filter((name) => name.endsWith(".owner"))).toEqual([]);
  });
});

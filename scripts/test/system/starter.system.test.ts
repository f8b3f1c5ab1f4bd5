import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ready, type StartProcess, spawnStart } from "../../clients/start-process.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { repository } from "../../starter/install.mjs";
import { readProcessStart } from "../../starter/process-identity.mjs";
import { logInSeller, placeOrder } from "./running-system.ts";

const resources = new AsyncDisposableStack();
let dataDir: string;
let orderId: string;

beforeAll(async () => {
  dataDir = resources.use(await openTemporaryFolder("system")).path;
});
afterAll(() => resources.disposeAsync());

function spawnKontor(args: readonly string[], environment: NodeJS.ProcessEnv = {}): StartProcess {
  const { PATH, HOME } = process.env;
  const command = [process.execPath, join(repository, "scripts/kontor.mjs"), "start", "--json"];
  return spawnStart([...command, "--data", dataDir, ...args], repository, { PATH, HOME, ...environment });
}

const start = (): StartProcess => spawnKontor(["--ports", "free"]);
const stillRunning = ({ processes }: Ready) =>
  processes.filter(({ pid }) => readProcessStart(pid) !== undefined);

async function readOrder(gateway: string): Promise<number> {
  const seller = await logInSeller(gateway);
  return (await seller.request("get", `/api/orders/${orderId}`, { token: seller.token })).status;
}

// In this order: each start takes over the folder the one before has left.
describe("kontor start", () => {
  it("starts everything; a second start on the same folder is refused with the pid; Ctrl-C leaves no process", async () => {
    const first = start();
    const ready = await first.ready;
    expect(ready.isNew).toBe(true);
    const seller = await logInSeller(ready.urls.gateway ?? "");
    orderId = (await placeOrder(seller, randomUUID())).body.id;
    const second = await start().ended;
    expect(second).toMatchObject({
      code: 3,
      printed: expect.stringMatching(/already runs on .* \(process \d+\)/),
    });
    first.send("SIGINT");
    expect((await first.ended).code).toBe(0);
    expect(stillRunning(ready)).toEqual([]);
  });

  it("finds the data of the first start at the second", async () => {
    const second = start();
    const ready = await second.ready;
    expect(ready.isNew).toBe(false);
    expect(await readOrder(ready.urls.gateway ?? "")).toBe(200);
    // The supervisor itself, without a chance to stop what it started.
    const owner = JSON.parse(await readFile(join(dataDir, "starter.owner"), "utf8")) as { pid: number };
    process.kill(owner.pid, "SIGKILL");
    await second.ended;
    expect(stillRunning(ready).length).toBeGreaterThan(0);
    left = ready;
  });

  let left: Ready;
  // Red when: stopOrphans is not called by openDataFolder.
  it("after kill -9 of the starter stops what was left and works", async () => {
    const third = start();
    const ready = await third.ready;
    expect(stillRunning(left)).toEqual([]);
    expect(await readOrder(ready.urls.gateway ?? "")).toBe(200);
    third.send("SIGTERM");
    expect((await third.ended).code).toBe(0);
    expect(stillRunning(ready)).toEqual([]);
  });

  it("says which port is taken, by whom and what to set, before anything is started", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const kontor = spawnKontor(["--port-offset", "20000"], { GATEWAY_PORT: String(port) });
    const { code, printed } = await kontor.ended;
    server.close();
    expect(code).toBe(3);
    expect(printed).toContain(`Port ${port} (gateway) is taken by process ${process.pid}`);
    expect(printed).toContain("set GATEWAY_PORT");
    expect(printed).not.toContain('"starting"');
  });

  it("tells every mistake of a broken configuration, and starts nothing", async () => {
    const config = join(dataDir, "broken.json");
    await writeFile(config, '{ "defaults": { "latencyP95Max": 500 } }');
    const kontor = spawnKontor(["--ports", "free", "--config", config]);
    const { code, printed } = await kontor.ended;
    expect(code).toBe(2);
    expect(printed).toContain("latencyP95MsMax");
    expect(printed).not.toContain('"starting"');
  });

  it("refuses a database of another PostgreSQL at once", async () => {
    await writeFile(join(dataDir, "postgres/PG_VERSION"), "12\n");
    const { code, printed } = await start().ended;
    expect(code).toBe(3);
    expect(printed).toContain("was written by PostgreSQL 12");
  });
});

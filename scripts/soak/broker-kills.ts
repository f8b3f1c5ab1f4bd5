import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openEmbeddedPostgres } from "@kontor/kit/embedded-postgres";
import { migrate } from "@kontor/kit/migrate";
import { openPostgres } from "@kontor/kit/postgres";
import {
  type KillResult,
  killUnderLoad,
  openEventLoad,
} from "@kontor/kit/testing/event-load/open-event-load";
import { startRabbitmq } from "@kontor/kit/testing/servers/rabbitmq";

const help = `npm run soak -- broker-kills [--kills 100 --json]

RabbitMQ is killed (kill -9) again and again while events flow from an outbox through it to their effects: none may be lost
and none may happen twice. Each kill takes about six seconds.
Exit codes: 0 all held, 1 something did not, 2 bad input, 3 it could not be run.`;

/** Effects between two kills. */
const EFFECTS_BETWEEN = 100;

/** @param args the command line behind the name; sets the exit code */
export async function soakBrokerKills(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  try {
    const startedAt = new Date().toISOString();
    const result = await run(options.kills);
    console.log(options.json ? JSON.stringify({ startedAt, ...result }, null, 2) : describe(result));
    process.exitCode = isWhole(result) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 3;
  }
}

async function run(kills: number): Promise<KillResult> {
  const folder = await mkdtemp(join(tmpdir(), "kontor-soak-"));
  try {
    // mkdtemp closes it to others, and as root the database runs under another account.
    await chmod(folder, 0o755);
    await using postgres = await openEmbeddedPostgres({
      dataDir: join(folder, "data"),
      port: 0,
      superuserPassword: "soak",
    });
    await migrate({ database: postgres.admin, schema: "maker" });
    await using db = openPostgres({ ...postgres.admin, applicationName: "soak" });
    await using rabbitmq = await startRabbitmq();
    await using load = await openEventLoad({ db, busUrl: rabbitmq.url });
    return await killUnderLoad(load, {
      kills,
      kill: () => rabbitmq.restart(),
      effectsBetween: EFFECTS_BETWEEN,
      say: (line) => console.error(line),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isWhole({ effects, appended, deadLetters }: KillResult): boolean {
  return effects.total === appended && effects.distinct === appended && deadLetters === 0;
}

function describe({ kills, appended, effects, deadLetters, recoveredAfterMs }: KillResult): string {
  const sorted = recoveredAfterMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return [
    `${kills} kills, ${appended} events: ${appended - effects.distinct} lost, ${effects.total - effects.distinct} doubled, ${deadLetters} dead letters`,
    `effects again after the broker was back: median ${median} ms, longest ${sorted.at(-1) ?? 0} ms`,
  ].join("\n");
}

function readOptions(args: readonly string[]): { kills: number; json: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        kills: { type: "string", default: "100" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return void console.log(help);
    const kills = Number(values.kills);
    if (Number.isInteger(kills) && kills >= 1 && kills <= 10_000) return { kills, json: values.json };
    console.error(`--kills takes a whole number from 1 to 10000.\n${help}`);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${help}`);
  }
  process.exitCode = 2;
  return undefined;
}

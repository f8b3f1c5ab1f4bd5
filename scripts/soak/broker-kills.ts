import { join } from "node:path";
import { openEmbeddedPostgres } from "@kontor/kit/embedded-postgres";
import { migrate } from "@kontor/kit/migrate";
import { openPostgres } from "@kontor/kit/postgres";
import {
  type KillResult,
  killUnderLoad,
  openEventLoad,
} from "@kontor/kit/testing/event-load/open-event-load";
import { startRabbitmq } from "@kontor/kit/testing/servers/rabbitmq";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { Command } from "commander";
import { numberOption, runSoak, type SoakOutcome, type SoakRun } from "./soak-run.ts";

type BrokerKillsOptions = { kills: number; json?: boolean };

/** Effects between two kills. */
const effectsBetween = 100;

/** `broker-kills`: events from an outbox to their effects over a RabbitMQ that does not live long. */
export function createBrokerKillsCommand(io: CommandIo): Command {
  return new Command("broker-kills")
    .summary("RabbitMQ is killed again and again: no event lost, none doubled")
    .description(
      "RabbitMQ is killed (kill -9) again and again while events flow from an outbox through it to their effects: none may be lost and none may happen twice; each kill takes about six seconds",
    )
    .addOption(numberOption("kills", "how often", { standard: 100, min: 1, max: 10_000, whole: true }))
    .option("--json", "print the result as JSON")
    .action((options: BrokerKillsOptions) => runSoak(io, options, (soak) => kill(options, soak)));
}

async function kill({ kills }: BrokerKillsOptions, { folder, signal, say }: SoakRun): Promise<SoakOutcome> {
  const startedAt = new Date().toISOString();
  await using postgres = await openEmbeddedPostgres({
    dataDir: join(folder, "data"),
    port: 0,
    superuserPassword: "soak",
  });
  await migrate({ database: postgres.admin, schema: "maker" });
  await using db = openPostgres({ ...postgres.admin, applicationName: "soak" });
  await using rabbitmq = await startRabbitmq();
  await using load = await openEventLoad({ db, busUrl: rabbitmq.url });
  const result = await killUnderLoad(load, {
    ...{ kills, effectsBetween, signal, say },
    kill: () => rabbitmq.restart(),
  });
  return {
    held: isWhole(result),
    json: { startedAt, ...result },
    text: `Begun ${startedAt}.\n${describe(result)}`,
  };
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

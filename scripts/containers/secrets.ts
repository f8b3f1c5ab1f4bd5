import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Made once, each on its own. */
const random = [
  "postgres_password",
  "core_erp_password",
  "auth_password",
  "notification_password",
  "observer_password",
  "signing_key_secret",
  "parameter_hash_key",
  "demo_password",
  "rabbitmq_password",
  "redis_password",
  "influxdb_password",
  "influxdb_token",
  "otlp_token",
  "webhook_secret",
  "operator_token",
  "grafana_observer_token",
  "grafana_password",
  "elastic_password",
] as const;

type Random = (typeof random)[number];

/** Written anew each time from the ones above, in the form that a server reads. */
const derived: Readonly<Record<string, (of: Record<Random, string>) => string>> = {
  rabbitmq_conf: (of) =>
    `default_user = kontor\ndefault_pass = ${of.rabbitmq_password}\nlog.console = true\n`,
  bus_url: (of) => `amqp://kontor:${of.rabbitmq_password}@rabbitmq:5672`,
  redis_conf: (of) => `requirepass ${of.redis_password}\n`,
  redis_url: (of) => `redis://:${of.redis_password}@redis:6379`,
  observer_tokens: (of) =>
    JSON.stringify([
      {
        name: "operator",
        token: of.operator_token,
        permissions: ["read", "silence", "acknowledge", "write"],
      },
      { name: "grafana", token: of.grafana_observer_token, permissions: ["read"] },
    ]),
};

/** Every file that docker-compose.yml may name. */
export const secretNames: readonly string[] = [...random, ...Object.keys(derived)];

/**
 * The secrets of full mode as files; those that are missing are made, existing ones are kept, since data depend on them.
 *
 * The folder can be entered by its owner alone. The files in it can be read by everybody, because each container reads its
 * own under another user, and has no right to read what is not its user's.
 *
 * @returns names of the files that were made
 */
export async function makeSecrets(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const values = {} as Record<Random, string>;
  const made: string[] = [];
  for (const name of random) {
    const kept = await read(join(folder, name));
    values[name] = kept ?? randomBytes(24).toString("hex");
    if (kept === undefined) made.push(name);
    await write(join(folder, name), values[name], kept);
  }
  for (const [name, toText] of Object.entries(derived)) {
    const kept = await read(join(folder, name));
    if (kept === undefined) made.push(name);
    await write(join(folder, name), toText(values), kept);
  }
  return made;
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function write(path: string, text: string, kept: string | undefined): Promise<void> {
  if (text !== kept) await writeFile(path, text);
  await chmod(path, 0o644);
}

import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { AppError } from "@kontor/kit/errors";
import type { Logger } from "@kontor/kit/logger";
import { type ConfigurationHolder, createConfigurationHolder } from "../config/configuration-holder.ts";
import type { Environment } from "../config/interpolate.ts";
import { formatProblem } from "../config/problem.ts";
import { readConfiguration } from "../config/read-configuration.ts";

export interface ConfigurationFile extends Disposable {
  readonly holder: ConfigurationHolder;
}

/**
 * Reads the file and follows its changes. A change with a mistake leaves the running configuration in force and says so in the log and
 * under `/health`.
 *
 * @throws AppError `configuration.unreadable` or `configuration.invalid` with every mistake at once; nothing starts on a bad file
 */
export function openConfigurationFile(
  path: string,
  environment: Environment,
  logger: Pick<Logger, "info" | "error">,
): ConfigurationFile {
  const first = readConfiguration(readText(path), { environment });
  if (!first.ok) {
    const problems = first.problems.map((problem) => formatProblem(path, problem)).join("\n");
    const message = `${path} has ${first.problems.length} mistake(s):\n${problems}`;
    throw new AppError("invalid", "configuration.invalid", message);
  }
  const holder = createConfigurationHolder(first.configuration);
  const reload = (): void => {
    const outcome = holder.reload(readAgain(path, environment, logger));
    if (!outcome.ok) {
      const problems = outcome.problems.map((problem) => formatProblem(path, problem));
      logger.error(
        { path, problems },
        "the changed configuration has mistakes; the running one stays in force",
      );
    } else if (outcome.changed) {
      logger.info({ path, hash: outcome.configuration.hash }, "the changed configuration is in force");
    }
  };
  watchFile(path, { interval: 1_000, persistent: false }, (now, before) => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) reload();
  });
  return {
    holder,
    [Symbol.dispose]() {
      unwatchFile(path);
    },
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const message = `${path} cannot be read. Set OBSERVER_CONFIG to the path of an observer_config.json.`;
    throw new AppError("invalid", "configuration.unreadable", message, { cause });
  }
}

/** A file that vanished for a moment reads as an empty one: a mistake that the next change mends. */
function readAgain(path: string, environment: Environment, logger: Pick<Logger, "error">) {
  try {
    return readConfiguration(readText(path), { environment });
  } catch (error) {
    logger.error({ error, path }, "the configuration cannot be read");
    return readConfiguration("", { environment });
  }
}

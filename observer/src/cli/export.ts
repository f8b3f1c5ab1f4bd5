import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "@kontor/kit/make-folder";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Configuration } from "../config/configuration.ts";
import { formatProblem } from "../config/problem.ts";
import { readConfiguration } from "../config/read-configuration.ts";
import type { ExportedFile } from "../exports/exported-file.ts";
import { toGrafanaFiles } from "../exports/grafana/to-grafana-files.ts";
import { listNotExportable } from "../exports/not-exportable.ts";
import { defaultRuleOptions, type RuleOptions, toRuleFile } from "../exports/prometheus/to-rule-file.ts";
import { toYaml } from "../exports/to-yaml.ts";
import type { CommandIo } from "./command-io.ts";

interface ExportOptions {
  readonly config: string;
  readonly out: string;
  readonly every: number;
  readonly exportInterval: number;
  readonly names: RuleOptions["names"];
  readonly json?: true;
}

const targets = ["prometheus", "grafana"] as const;
type Target = (typeof targets)[number];

const descriptions: Record<Target, string> = {
  prometheus: "every limit as a rule of Prometheus, in kontor-rules.yml; the rules name no receiver",
  grafana: "dashboards, data sources and alert rules of Grafana, as its provisioning reads them",
};

/**
 * `kontor export prometheus|grafana --out <folder>`: the artefacts made from the one file, and a list of what they cannot say.
 *
 * Exit codes: 0 written, 2 the configuration has mistakes or cannot be read, 3 the folder cannot be written.
 */
export function createExportCommand(io: CommandIo): Command {
  const command = new Command("export").description(
    "the limits of a configuration for other systems: rules of Prometheus, dashboards and rules of Grafana",
  );
  for (const target of targets) command.addCommand(createTargetCommand(io, target));
  return command;
}

function createTargetCommand(io: CommandIo, target: Target): Command {
  return new Command(target)
    .description(descriptions[target])
    .requiredOption("--out <folder>", "write there; made where it does not exist")
    .option("--config <file>", "the configuration", io.environment.OBSERVER_CONFIG ?? "observer_config.json")
    .addOption(
      seconds("--every <seconds>", "how often rules are evaluated", defaultRuleOptions.evaluationSeconds),
    )
    .addOption(
      seconds(
        "--export-interval <seconds>",
        "how often services send metrics; windows are at least 2.5 times as long",
        defaultRuleOptions.exportIntervalSeconds,
      ),
    )
    .addOption(
      new Option("--names <which>", "metrics that are read: the current names, or older ones and spans too")
        .choices(["first", "all"])
        .default(defaultRuleOptions.names),
    )
    .option("--json", "answer as JSON")
    .action((options: ExportOptions) => exportTo(io, target, options));
}

function seconds(flags: string, description: string, usual: number): Option {
  return new Option(flags, description).default(usual).argParser((text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > 3600)
      throw new InvalidArgumentError("It takes whole seconds from 1 to 3600.");
    return value;
  });
}

async function exportTo(io: CommandIo, target: Target, options: ExportOptions): Promise<void> {
  const text = await readFile(options.config, "utf8").catch((error: Error) => error);
  if (text instanceof Error) {
    io.writeError(`cannot read ${options.config}: ${text.message}. --config names another file.\n`);
    return io.setExitCode(2);
  }
  const reading = readConfiguration(text, { environment: io.environment });
  if (!reading.ok) {
    io.writeError(
      `${reading.problems.map((problem) => formatProblem(options.config, problem)).join("\n\n")}\n`,
    );
    return io.setExitCode(2);
  }
  const files = toFiles(target, reading.configuration, {
    evaluationSeconds: options.every,
    exportIntervalSeconds: options.exportInterval,
    names: options.names,
  });
  try {
    for (const file of files) await write(join(options.out, file.path), file.text);
  } catch (error) {
    io.writeError(
      `cannot write to ${options.out}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return io.setExitCode(3);
  }
  answer(io, target, options, reading.configuration, files);
}

function toFiles(target: Target, configuration: Configuration, options: RuleOptions): ExportedFile[] {
  if (target === "grafana") return toGrafanaFiles(configuration, options);
  return [{ path: "kontor-rules.yml", text: toYaml(toRuleFile(configuration, options)) }];
}

async function write(path: string, text: string): Promise<void> {
  makeFolder(dirname(path));
  await writeFile(path, text);
}

function answer(
  io: CommandIo,
  target: Target,
  { out, json }: ExportOptions,
  configuration: Configuration,
  files: readonly ExportedFile[],
): void {
  const paths = files.map(({ path }) => join(out, path));
  const notExportable = listNotExportable(configuration);
  if (json === true) {
    const { hash } = configuration;
    io.write(`${JSON.stringify({ target, hash, files: paths, notExportable }, null, 2)}\n`);
    return;
  }
  const differences = notExportable.map(({ what, why }) => `  - ${what}: ${why}`);
  io.write(
    [
      ...paths.map((path) => `written: ${path}`),
      `from configuration ${configuration.hash}`,
      "",
      "Not in it, or otherwise than in the observer:",
      ...differences,
      "",
    ].join("\n"),
  );
}

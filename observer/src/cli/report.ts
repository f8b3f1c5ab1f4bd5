import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { CommandIo } from "./command-io.ts";
import {
  addObserverOptions,
  askObserver,
  ObserverError,
  type ObserverOptions,
  readObserverAddress,
  reportObserverError,
} from "./observer-client.ts";

const formats = ["md", "html", "pdf", "json"] as const;

interface ReportOptions extends ObserverOptions {
  readonly format: (typeof formats)[number];
  readonly json?: true;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
}

const observerTimeoutMs = 60_000;

/**
 * `kontor report optimisation`: the report of a running observer, read over public HTTP, on standard output or into a file.
 *
 * Exit codes: 0 written, 2 the observer refused the range or the token, or a PDF without a file to write it to; 3 the observer is away,
 * busy or failed, or the file cannot be written.
 */
export function createReportCommand(io: CommandIo): Command {
  const optimisation = new Command("optimisation")
    .description("what costs most, what was done about it and what it brought")
    .addOption(new Option("--format <format>", "of the report").choices(formats).default("md"))
    .option("--json", "the same as --format json")
    .option("--from <time>", "begin: 2026-09-21T14:00:00Z, or now-7d; 24 hours before the end when left out")
    .option("--to <time>", "end; now when left out")
    .option("--out <file>", "write to this file")
    .action((options: ReportOptions) => report(io, options));
  return new Command("report")
    .description("the reports of a running observer")
    .addCommand(addObserverOptions(optimisation, io));
}

async function report(io: CommandIo, options: ReportOptions): Promise<void> {
  const format = options.json === true ? "json" : options.format;
  if (format === "pdf" && options.out === undefined) {
    io.writeError("a PDF is not for a terminal: name a file with --out\n");
    return io.setExitCode(2);
  }
  let bytes: Uint8Array;
  try {
    bytes = await readReport(io, format, options);
  } catch (error) {
    if (!(error instanceof ObserverError && error.status === 400)) return reportObserverError(io, error);
    // What is wrong with the range, in the observer's own words.
    io.writeError(`${error.detail ?? error.message}\n`);
    return io.setExitCode(2);
  }
  if (options.out === undefined) return io.write(toTerminalText(bytes, format));
  try {
    await writeFile(options.out, bytes);
  } catch (error) {
    io.writeError(`cannot write ${options.out}: ${error instanceof Error ? error.message : String(error)}\n`);
    return io.setExitCode(3);
  }
  io.writeError(`written to ${options.out}\n`);
}

async function readReport(io: CommandIo, format: string, options: ReportOptions): Promise<Uint8Array> {
  const query = new URLSearchParams({ format });
  if (options.from !== undefined) query.set("from", options.from);
  if (options.to !== undefined) query.set("to", options.to);
  const observer = await readObserverAddress(io, options);
  const response = await askObserver(observer, `/api/v1/reports/optimisation?${query}`, observerTimeoutMs);
  return new Uint8Array(await response.arrayBuffer());
}

function toTerminalText(bytes: Uint8Array, format: string): string {
  const text = new TextDecoder().decode(bytes);
  return format === "json" ? `${JSON.stringify(JSON.parse(text), null, 2)}\n` : text;
}

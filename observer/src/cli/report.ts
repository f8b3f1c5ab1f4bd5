import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { CommandIo, ExitCode } from "./command-io.ts";
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
  readonly format?: (typeof formats)[number];
  readonly json?: true;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
}

const observerTimeoutMs = 60_000;

/**
 * `kontor report optimisation`, or `kontor report`: the report of a running observer, read over public HTTP, on standard output or
 * into a file. Under `--json` standard output is JSON in every case: the report; what was written where `--out` names a file; or
 * `{"ok": false, "error": …}`.
 *
 * Exit codes: 0 written, 2 the observer refused the range or the token, or a PDF without a file to write it to; 3 the observer is away,
 * busy or failed, or the file cannot be written.
 */
export function createReportCommand(io: CommandIo): Command {
  const optimisation = new Command("optimisation")
    .description("what costs most, what was done about it and what it brought")
    .addOption(
      new Option("--format <format>", "of the report; md when left out, under --json json").choices(formats),
    )
    .option("--json", "answer as JSON: the report, or with --out what was written; failures too")
    .option("--from <time>", "begin: 2026-09-21T14:00:00Z, or now-7d; 24 hours before the end when left out")
    .option("--to <time>", "end; now when left out")
    .option("--out <file>", "write to this file")
    .action((options: ReportOptions) => report(io, options));
  return new Command("report")
    .description("the reports of a running observer")
    .addCommand(addObserverOptions(optimisation, io), { isDefault: true });
}

async function report(io: CommandIo, options: ReportOptions): Promise<void> {
  const { out } = options;
  const isJson = options.json === true;
  const format = isJson && out === undefined ? "json" : (options.format ?? (isJson ? "json" : "md"));
  const fail = (error: string, code: ExitCode): void => {
    io.writeError(`${error}\n`);
    if (isJson) io.write(toJson({ ok: false, error }));
    io.setExitCode(code);
  };
  if (format === "pdf" && out === undefined)
    return fail("a PDF is not for a terminal: name a file with --out", 2);
  let bytes: Uint8Array;
  try {
    bytes = await readReport(io, format, options);
  } catch (error) {
    // What is wrong with the range, in the observer's own words.
    if (error instanceof ObserverError && error.status === 400) return fail(error.detail ?? error.message, 2);
    if (isJson && error instanceof Error) io.write(toJson({ ok: false, error: error.message }));
    return reportObserverError(io, error);
  }
  if (out === undefined) return io.write(toTerminalText(bytes, format));
  try {
    await writeFile(out, bytes);
  } catch (error) {
    return fail(`cannot write ${out}: ${error instanceof Error ? error.message : String(error)}`, 3);
  }
  if (isJson) io.write(toJson({ ok: true, file: out, format, bytes: bytes.length }));
  else io.writeError(`written to ${out}\n`);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
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
  return format === "json" ? toJson(JSON.parse(text)) : text;
}

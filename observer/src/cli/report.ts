import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { CommandIo } from "./command-io.ts";

const formats = ["md", "html", "pdf", "json"] as const;

interface ReportOptions {
  readonly format: (typeof formats)[number];
  readonly json?: true;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly observer: string;
}

const observerTimeoutMs = 60_000;

/**
 * `kontor report optimisation`: the report of a running observer, read over public HTTP, on standard output or into a file.
 *
 * Exit codes: 0 written, 2 the observer refused the range, or a PDF without a file to write it to; 3 the observer is away, busy or failed,
 * or the file cannot be written.
 */
export function createReportCommand(io: CommandIo): Command {
  return new Command("report").description("the reports of a running observer").addCommand(
    new Command("optimisation")
      .description("what costs most, what was done about it and what it brought")
      .addOption(new Option("--format <format>", "of the report").choices(formats).default("md"))
      .option("--json", "the same as --format json")
      .option(
        "--from <time>",
        "begin: 2026-09-21T14:00:00Z, or now-7d; 24 hours before the end when left out",
      )
      .option("--to <time>", "end; now when left out")
      .option("--out <file>", "write to this file")
      .option(
        "--observer <url>",
        "the running observer",
        io.environment.OBSERVER_URL ?? "http://127.0.0.1:8010",
      )
      .action((options: ReportOptions) => report(io, options)),
  );
}

async function report(io: CommandIo, options: ReportOptions): Promise<void> {
  const format = options.json === true ? "json" : options.format;
  if (format === "pdf" && options.out === undefined) {
    io.writeError("a PDF is not for a terminal: name a file with --out\n");
    return io.setExitCode(2);
  }
  const observer = options.observer.replace(/\/+$/, "");
  const answer = await readReport(observer, format, options);
  if ("problem" in answer) {
    io.writeError(`${answer.problem}\n`);
    return io.setExitCode(answer.exitCode);
  }
  if (options.out === undefined) return io.write(toTerminalText(answer.bytes, format));
  try {
    await writeFile(options.out, answer.bytes);
  } catch (error) {
    io.writeError(`cannot write ${options.out}: ${error instanceof Error ? error.message : String(error)}\n`);
    return io.setExitCode(3);
  }
  io.writeError(`written to ${options.out}\n`);
}

type Answer = { readonly bytes: Uint8Array } | { readonly problem: string; readonly exitCode: 2 | 3 };

async function readReport(observer: string, format: string, { from, to }: ReportOptions): Promise<Answer> {
  const query = new URLSearchParams({ format });
  if (from !== undefined) query.set("from", from);
  if (to !== undefined) query.set("to", to);
  const address = `${observer}/api/v1/reports/optimisation?${query}`;
  if (!URL.canParse(address) || !/^https?:/i.test(address))
    return {
      problem: `${observer} is no address of an observer: write it as http://127.0.0.1:8010`,
      exitCode: 2,
    };
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(observerTimeoutMs) });
    if (response.ok) return { bytes: new Uint8Array(await response.arrayBuffer()) };
    return toProblem(observer, response.status, await response.text());
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    const problem = `no answer from the observer at ${observer}: ${why}. Is it running? --observer names another one.`;
    return { problem, exitCode: 3 };
  }
}

/** What an observer says of a refusal is written for people; anything else answered is no observer's. */
function toProblem(observer: string, status: number, body: string): Answer {
  const detail = readDetail(body);
  if (status === 400 && detail !== undefined) return { problem: printable(detail), exitCode: 2 };
  const said = detail === undefined ? "" : `: ${printable(detail)}`;
  return { problem: `the observer at ${observer} answered ${status}${said}`, exitCode: 3 };
}

function readDetail(body: string): string | undefined {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem !== "object" || problem === null || !("detail" in problem)) return undefined;
    return typeof problem.detail === "string" ? problem.detail : undefined;
  } catch {
    return undefined;
  }
}

function toTerminalText(bytes: Uint8Array, format: string): string {
  const text = new TextDecoder().decode(bytes);
  return format === "json" ? `${JSON.stringify(JSON.parse(text), null, 2)}\n` : text;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

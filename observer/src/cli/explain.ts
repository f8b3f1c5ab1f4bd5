import { Command } from "commander";
import { toTreeOfRecords } from "../diagnosis/trace-summary.ts";
import type { CommandIo } from "./command-io.ts";
import { printFinding } from "./explain/print-finding.ts";
import { printTrace } from "./explain/print-trace.ts";
import { ObserverAnswerError, readExplainedTrace, readFinding } from "./explain/read-observer.ts";
import type { Terminal } from "./explain/terminal-text.ts";

export interface ExplainIo extends CommandIo {
  /** Left out where standard output is no terminal: 100 columns without colours. */
  readonly terminal?: Terminal | undefined;
}

interface ExplainOptions {
  readonly json?: true;
  readonly observer: string;
}

const observerTimeoutMs = 10_000;
const plainTerminal: Terminal = { columns: 100, colours: false };

/**
 * `kontor explain <trace or finding>`: what the detectors saw in a trace and why each silent one was silent; or a finding with its
 * evidence. Reads a running observer over public HTTP.
 *
 * Exit codes: 0 explained, 2 neither a trace id nor a fingerprint, 3 the observer is away or does not know it.
 */
export function createExplainCommand(io: ExplainIo): Command {
  return new Command("explain")
    .description("what the detectors saw in a trace, and why each was silent; or a finding with its evidence")
    .argument("<id>", "a trace id (32 hex digits) or the fingerprint of a finding (16)")
    .option("--json", "answer as JSON")
    .option(
      "--observer <url>",
      "the running observer",
      io.environment.OBSERVER_URL ?? "http://127.0.0.1:8010",
    )
    .action((id: string, options: ExplainOptions) => explain(io, id.trim().toLowerCase(), options));
}

async function explain(io: ExplainIo, id: string, options: ExplainOptions): Promise<void> {
  const what = /^[0-9a-f]{32}$/.test(id) ? "trace" : /^[0-9a-f]{16}$/.test(id) ? "finding" : undefined;
  if (what === undefined) {
    io.writeError("neither a trace id (32 hex digits) nor the fingerprint of a finding (16 hex digits)\n");
    return io.setExitCode(2);
  }
  const observer = options.observer.replace(/\/+$/, "");
  try {
    io.write(
      await (what === "trace"
        ? explainTrace(io, observer, id, options)
        : explainFinding(io, observer, id, options)),
    );
  } catch (error) {
    if (!(error instanceof ObserverAnswerError)) throw error;
    io.writeError(`${toMessage(error, what, id, observer)}\n`);
    io.setExitCode(3);
  }
}

async function explainTrace(
  io: ExplainIo,
  observer: string,
  id: string,
  options: ExplainOptions,
): Promise<string> {
  const trace = await readExplainedTrace(observer, id, observerTimeoutMs);
  if (options.json === true) return `${JSON.stringify(trace.json, null, 2)}\n`;
  return printTrace(toTreeOfRecords(trace.spans), trace, io.terminal ?? plainTerminal);
}

async function explainFinding(
  io: ExplainIo,
  observer: string,
  id: string,
  options: ExplainOptions,
): Promise<string> {
  const finding = await readFinding(observer, id, observerTimeoutMs);
  return options.json === true
    ? `${JSON.stringify(finding, null, 2)}\n`
    : printFinding(finding, io.terminal ?? plainTerminal);
}

function toMessage(error: ObserverAnswerError, what: string, id: string, observer: string): string {
  if (error.reason === "unknown") {
    return `${observer} knows no ${what} ${id}. A trace is stored seconds after it ended and kept as long as its retention says.`;
  }
  if (error.reason === "away")
    return `no answer from the observer at ${observer}: ${error.message}. Is it running? --observer names another one.`;
  return `${observer} answered something else than an observer does: ${error.message}`;
}

import { Command } from "commander";
import { toTreeOfRecords } from "../diagnosis/trace-summary.ts";
import type { CommandIo } from "./command-io.ts";
import { printFinding } from "./explain/print-finding.ts";
import { printTrace } from "./explain/print-trace.ts";
import { readExplainedTrace, readFinding } from "./explain/read-observer.ts";
import type { Terminal } from "./explain/terminal-text.ts";
import {
  addObserverOptions,
  type ObserverAddress,
  ObserverError,
  type ObserverOptions,
  readObserverAddress,
  reportObserverError,
} from "./observer-client.ts";

export interface ExplainIo extends CommandIo {
  /** Left out where standard output is no terminal: 100 columns without colours. */
  readonly terminal?: Terminal | undefined;
}

interface ExplainOptions extends ObserverOptions {
  readonly json?: true;
}

const observerTimeoutMs = 10_000;
const plainTerminal: Terminal = { columns: 100, colours: false };

/**
 * `kontor explain <trace or finding>`: what the detectors saw in a trace and why each silent one was silent; or a finding with its
 * evidence. Reads a running observer over public HTTP.
 *
 * Exit codes: 0 explained, 2 neither a trace id nor a fingerprint, or the observer refused the token, 3 it is away or does not know it.
 */
export function createExplainCommand(io: ExplainIo): Command {
  const command = new Command("explain")
    .description("what the detectors saw in a trace, and why each was silent; or a finding with its evidence")
    .argument("<id>", "a trace id (32 hex digits) or the fingerprint of a finding (16)")
    .option("--json", "answer as JSON")
    .action((id: string, options: ExplainOptions) => explain(io, id.trim().toLowerCase(), options));
  return addObserverOptions(command, io);
}

async function explain(io: ExplainIo, id: string, options: ExplainOptions): Promise<void> {
  const what = /^[0-9a-f]{32}$/.test(id) ? "trace" : /^[0-9a-f]{16}$/.test(id) ? "finding" : undefined;
  if (what === undefined) {
    io.writeError("neither a trace id (32 hex digits) nor the fingerprint of a finding (16 hex digits)\n");
    return io.setExitCode(2);
  }
  const observer = await readObserverAddress(io, options);
  try {
    io.write(
      await (what === "trace"
        ? explainTrace(io, observer, id, options)
        : explainFinding(io, observer, id, options)),
    );
  } catch (error) {
    if (!(error instanceof ObserverError && error.reason === "unknown"))
      return reportObserverError(io, error);
    io.writeError(
      `${observer.url} knows no ${what} ${id}. A trace is stored seconds after it ended and kept as long as its retention says.\n`,
    );
    io.setExitCode(3);
  }
}

async function explainTrace(
  io: ExplainIo,
  observer: ObserverAddress,
  id: string,
  options: ExplainOptions,
): Promise<string> {
  const trace = await readExplainedTrace(observer, id, observerTimeoutMs);
  if (options.json === true) return `${JSON.stringify(trace.json, null, 2)}\n`;
  return printTrace(toTreeOfRecords(trace.spans), trace, io.terminal ?? plainTerminal);
}

async function explainFinding(
  io: ExplainIo,
  observer: ObserverAddress,
  id: string,
  options: ExplainOptions,
): Promise<string> {
  const finding = await readFinding(observer, id, observerTimeoutMs);
  return options.json === true
    ? `${JSON.stringify(finding, null, 2)}\n`
    : printFinding(finding, io.terminal ?? plainTerminal);
}

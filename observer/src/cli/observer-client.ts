import { AppError } from "@kontor/kit/errors";
import type { Command } from "commander";
import type { z } from "zod";
import type { CommandIo } from "./command-io.ts";
import { type ObserverToken, readObserverToken } from "./observer-token.ts";

/** Where a running observer is, and what it is shown. */
export interface ObserverAddress {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token?: ObserverToken | undefined;
}

/**
 * Why a running observer gave no answer that can be used; the message is a whole sentence for people.
 * `away`: no answer. `refused`: 401 or 403, asking again does not help. `unknown`: 404. `failed`: any other status.
 * `malformed`: it did not answer as an observer does.
 */
export class ObserverError extends Error {
  override readonly name = "ObserverError";
  readonly reason: "away" | "refused" | "unknown" | "failed" | "malformed";
  readonly status: number | undefined;
  /** What the observer itself said of a refusal or failure, in printable characters. */
  readonly detail: string | undefined;

  constructor(
    reason: ObserverError["reason"],
    message: string,
    options: { status?: number; detail?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.status = options.status;
    this.detail = options.detail;
  }
}

export interface ObserverOptions {
  readonly observer: string;
  readonly tokenFile?: string;
}

const tokenFileOption = [
  "--token-file <file>",
  "a file that holds the observer's token; OBSERVER_TOKEN holds the token itself",
] as const;

/** `--observer` and `--token-file`, the same for every command that asks a running observer. */
export function addObserverOptions(command: Command, io: CommandIo): Command {
  return command
    .option(
      "--observer <url>",
      "the running observer",
      io.environment.OBSERVER_URL || "http://127.0.0.1:8010",
    )
    .option(...tokenFileOption);
}

/** `--token-file` alone, for commands that know themselves where the observer is. */
export function addTokenOption(command: Command): Command {
  return command.option(...tokenFileOption);
}

/** @throws AppError `cli.argument` for what is no address, `cli.token` */
export async function readObserverAddress(
  io: CommandIo,
  { observer, tokenFile }: ObserverOptions,
): Promise<ObserverAddress> {
  const url = observer.replace(/\/+$/, "");
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    const message = `${observer} is no address of an observer: write it as http://127.0.0.1:8010.`;
    throw new AppError("invalid", "cli.argument", message);
  }
  return { url, token: await readObserverToken(io.environment, tokenFile) };
}

/**
 * One GET.
 *
 * @param path with its query, such as `/api/v1/alerts`
 * @returns an answer of status 200 to 299
 * @throws ObserverError
 */
export async function askObserver(
  { url, token }: ObserverAddress,
  path: string,
  timeoutMs: number,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url + path, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: token === undefined ? {} : { authorization: `Bearer ${token.text}` },
    });
  } catch (cause) {
    const message = `no answer from the observer at ${url}: ${toReason(cause)}. Is it running? --observer names another one.`;
    throw new ObserverError("away", message, { cause });
  }
  if (response.ok) return response;
  const { status } = response;
  const detail = readDetail(await response.text().catch(() => ""));
  if (status === 401 || status === 403) {
    throw new ObserverError("refused", describeRefusal(url, token, status, detail), { status, detail });
  }
  const said = `the observer at ${url} answered ${status}${detail === undefined ? "" : `: ${detail}`}`;
  throw new ObserverError(status === 404 ? "unknown" : "failed", said, { status, detail });
}

/**
 * Reads JSON of a known shape.
 *
 * @throws ObserverError
 */
export async function readObserver<Schema extends z.ZodType>(
  address: ObserverAddress,
  path: string,
  schema: Schema,
  timeoutMs: number,
): Promise<z.output<Schema>> {
  const response = await askObserver(address, path, timeoutMs);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "answer"}: ${issue.message}`,
  );
  const message = `${address.url}${path} did not answer as an observer does: ${problems.join("; ")}`;
  throw new ObserverError("malformed", message, { cause: parsed.error });
}

/**
 * Says why the observer could not be asked: exit code 2 where it refused the token, 3 otherwise.
 *
 * @throws whatever else is given
 */
export function reportObserverError(io: CommandIo, error: unknown): void {
  if (!(error instanceof ObserverError)) throw error;
  io.writeError(`${error.message}\n`);
  io.setExitCode(error.reason === "refused" ? 2 : 3);
}

function describeRefusal(
  url: string,
  token: ObserverToken | undefined,
  status: number,
  detail: string | undefined,
): string {
  if (token === undefined) {
    return `the observer at ${url} asks for a token (${status}): set OBSERVER_TOKEN to one, or name a file that holds one with --token-file.`;
  }
  const said = detail === undefined ? "" : ` ${detail}`;
  const mend = status === 401 ? "Give one of its tokens file." : "Give one that may.";
  return `the observer at ${url} refused the token of ${token.from} (${status}):${said} ${mend}`;
}

/** `fetch` says why it failed in its cause. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** What an observer says of a refusal is written for people; anything else answered is no observer's. */
function readDetail(body: string): string | undefined {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem !== "object" || problem === null || !("detail" in problem)) return undefined;
    return typeof problem.detail === "string" ? problem.detail.replace(/\p{Cc}/gu, " ") : undefined;
  } catch {
    return undefined;
  }
}

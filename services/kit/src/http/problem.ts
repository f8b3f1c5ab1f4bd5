import { randomBytes } from "node:crypto";
import { trace } from "@opentelemetry/api";
import type { Request, Response } from "express";
import { z } from "zod";
import { DatabaseAwayError } from "../database-away.ts";
import { AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { ERROR_CODE } from "../metric-names.ts";

/** RFC 9457 problem details as every service of ours answers them. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.string(),
    /** Both are left out where no request could be read of what came in. */
    instance: z.string().optional(),
    traceId: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Problem" });

export type Problem = z.infer<typeof problemSchema>;

const titles: Record<number, string> = {
  400: "Invalid request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  408: "Request too slow",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Cannot be processed",
  429: "Too many requests",
  500: "Internal error",
  502: "Bad gateway",
  503: "Unavailable",
  504: "Timed out",
};

/** Every issue of a failed validation, with the path of the value it is about (`body.lines.0.quantity`). */
export function validationError(place: string, error: z.ZodError): AppError {
  return invalidRequest(toIssues(place, error));
}

export function toIssues(place: string, error: z.ZodError): { path: string; message: string }[] {
  return error.issues.map((issue) => ({ path: [place, ...issue.path].join("."), message: issue.message }));
}

export function invalidRequest(errors: { path: string; message: string }[]): AppError {
  const first = errors.map((each) => `${each.path}: ${each.message}`).join("; ");
  return new AppError("invalid", "request.invalid", first, { details: { errors } });
}

/** Another form in which some clients want failures; undefined for problem+json. */
export type FormatProblem = (problem: Problem, req: Request) => { type: string; body: unknown } | undefined;

/**
 * Answers with problem+json. Expected failures show their message; a bug is logged and answered 500 without detail.
 * When the answer has already begun, the connection is cut, so that a client never takes a part for the whole.
 */
export function sendProblem(
  req: Request,
  res: Response,
  thrown: unknown,
  logger: Logger,
  format?: FormatProblem,
): void {
  const error = toAppError(thrown);
  const traceId = currentTraceId(req);
  if (error === undefined) {
    logger.error({ err: thrown, method: req.method, path: req.path, trace: traceId }, "bug");
  } else if (error.status >= 500) {
    logger.warn({ err: error, code: error.code, method: req.method, path: req.path }, error.message);
  }
  trace.getActiveSpan()?.setAttribute(ERROR_CODE, error?.code ?? "internal");
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const status = error?.status ?? 500;
  const { errors, ...details } = error?.details ?? {};
  const problem: Problem = {
    type: `urn:kontor:problem:${error?.code ?? "internal"}`,
    title: titles[status] ?? "Error",
    status,
    detail: error?.message ?? "Something went wrong on our side. Give the trace id when you ask for help.",
    code: error?.code ?? "internal",
    instance: req.originalUrl.split("?", 1)[0] ?? "/",
    traceId,
    ...(errors === undefined ? {} : { errors: errors as NonNullable<Problem["errors"]> }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
  if (error?.retryAfterSeconds !== undefined) {
    res.setHeader("Retry-After", String(Math.max(1, Math.ceil(error.retryAfterSeconds))));
  }
  for (const [name, value] of Object.entries(error?.headers ?? {})) res.setHeader(name, value);
  const { type, body } = format?.(problem, req) ?? { type: "application/problem+json", body: problem };
  res.status(status).type(type).send(JSON.stringify(body));
}

function toAppError(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof DatabaseAwayError) return databaseAway(thrown);
  if (thrown instanceof URIError) {
    return new AppError("invalid", "request.malformed_path", "The path is not valid percent-encoding.");
  }
  return thrown instanceof Error ? toUnreadableBody(thrown) : undefined;
}

/** What `express.json()` says of a body: http-errors, most with a `type`; those of decompression have a status alone. */
function toUnreadableBody(thrown: Error): AppError | undefined {
  switch ("type" in thrown ? thrown.type : undefined) {
    case "entity.too.large": {
      const limitBytes = "limit" in thrown ? thrown.limit : undefined;
      return new AppError("tooLarge", "request.too_large", "The body is larger than this route accepts.", {
        details: { limitBytes },
      });
    }
    case "entity.parse.failed":
      return new AppError("invalid", "request.malformed_json", "The body is not valid JSON.");
    case "encoding.unsupported":
    case "charset.unsupported":
      return new AppError("unsupportedMediaType", "request.unsupported_encoding", thrown.message);
    case "request.aborted":
    case "request.size.invalid":
    case "stream.encoding.set":
      return new AppError("invalid", "request.incomplete_body", "The body ended before it was complete.");
    default:
      return isFaultOfClient(thrown) ? malformedBody(thrown) : undefined;
  }
}

/** Only http-errors are trusted in this: a status that a client of another server throws is no answer of ours. */
function isFaultOfClient(thrown: Error): boolean {
  const isHttpError = "expose" in thrown && thrown.expose === true;
  const status = "statusCode" in thrown ? Number(thrown.statusCode) : 500;
  return isHttpError && status >= 400 && status < 500;
}

function malformedBody(cause: Error): AppError {
  const message = "The body is not what its Content-Encoding says.";
  return new AppError("invalid", "request.malformed_body", message, { cause });
}

function databaseAway(cause: DatabaseAwayError): AppError {
  const message =
    "The database does not answer just now. Try again; a change with an idempotency key is not made twice.";
  return new AppError("unavailable", "postgres.away", message, { retryAfterSeconds: 1, cause });
}

/** The trace of this request; where nothing is traced, the caller's, or a fresh id, so that an answer can always be found in the log. */
function currentTraceId(req: Request): string {
  const active = trace.getActiveSpan()?.spanContext().traceId;
  if (active !== undefined) return active;
  const given = /^00-([0-9a-f]{32})-/.exec(req.get("traceparent") ?? "")?.[1];
  return given ?? randomBytes(16).toString("hex");
}

import express, { type Request, type RequestHandler, type Response } from "express";
import type { z } from "zod";
import { AppError } from "../errors.ts";
import { type Authenticate, type Caller, requirePermission } from "./authenticate.ts";
import { findNul } from "./find-nul.ts";
import { invalidRequest, toIssues } from "./problem.ts";
import { Reply, type Route } from "./route.ts";
import { findUnknownParameters } from "./unknown-parameters.ts";

const defaultBodyLimitBytes = 1_048_576;

/**
 * The Express handler of a route. In this order: token, permission, body, validation of everything at once, the
 * handler, the check of its result. So a caller without permission learns nothing about the shape of a route.
 */
export function serveRoute(route: Route, authenticate: Authenticate | undefined): RequestHandler {
  if (route.access !== "public" && authenticate === undefined) {
    throw new Error(`${route.method} ${route.path} needs a caller, but createApp was given no authenticate.`);
  }
  const readBody = createBodyReader(route);
  return async (req, res) => {
    const caller = await identify(req, route, authenticate);
    await readBody(req, res);
    const parsed = await parseInput(req, route);
    const result = await route.handle({ ...parsed, caller, req, res, signal: abortedWith(res) } as never);
    await sendResult(res, route, result);
  };
}

async function identify(
  req: Request,
  route: Route,
  authenticate: Authenticate | undefined,
): Promise<Caller | undefined> {
  if (route.access === "public" || authenticate === undefined) return undefined;
  const caller = await authenticate(req);
  if (route.access !== undefined) requirePermission(caller, route.access.permission);
  return caller;
}

function createBodyReader(route: Route): (req: Request, res: Response) => Promise<void> {
  if (route.body === undefined) return async () => {};
  // Not strict: `null` and `"x"` are JSON, and what they lack is for the schema to say.
  const parse = express.json({ limit: route.bodyLimitBytes ?? defaultBodyLimitBytes, strict: false });
  return (req, res) =>
    new Promise((resolve, reject) => {
      if (req.is("json") === false && hasBody(req)) {
        reject(
          new AppError("unsupportedMediaType", "request.not_json", "Send the body as application/json."),
        );
        return;
      }
      parse(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
    });
}

function hasBody(req: Request): boolean {
  return req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;
}

async function parseInput(req: Request, route: Route) {
  const errors: { path: string; message: string }[] = [];
  const parse = async (place: string, schema: z.ZodType | undefined, value: unknown): Promise<unknown> => {
    if (schema === undefined) return undefined;
    const result = await schema.safeParseAsync(value);
    const issues = result.success ? findNul(place, result.data) : toIssues(place, result.error);
    errors.push(...issues);
    return issues.length === 0 ? result.data : undefined;
  };
  const params = await parse("params", route.params, req.params);
  const query = await parse("query", route.query, req.query);
  errors.push(...findUnknownParameters(route.query, req.query));
  const headers = await parse("headers", route.headers, req.headers);
  const body = await parse("body", route.body, req.body);
  if (errors.length > 0) throw invalidRequest(errors);
  return { params, query, headers, body };
}

async function sendResult(res: Response, route: Route, result: unknown): Promise<void> {
  if (res.headersSent || res.writableEnded) return;
  const reply = result instanceof Reply ? result : new Reply(defaultStatus(route), result);
  const schema = route.responses[reply.status];
  if (schema === undefined)
    throw new Error(`${route.method} ${route.path} answers ${reply.status}, which it does not declare`);
  const checked = await schema.safeParseAsync(reply.body);
  if (!checked.success) {
    const issues = toIssues("response", checked.error).map((each) => `${each.path}: ${each.message}`);
    throw new Error(`${route.method} ${route.path} broke its own response schema: ${issues.join("; ")}`);
  }
  res.set(reply.headers).status(reply.status);
  if (checked.data === undefined) res.end();
  else res.json(checked.data);
}

function defaultStatus(route: Route): number {
  return route.status ?? Number(Object.keys(route.responses)[0] ?? 200);
}

function abortedWith(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once("close", () => {
    if (!res.writableFinished) controller.abort(new Error("the client went away"));
  });
  return controller.signal;
}

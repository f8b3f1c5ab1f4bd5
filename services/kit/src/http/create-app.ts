import express, { type ErrorRequestHandler, type Express } from "express";
import { AppError } from "../errors.ts";
import type { HealthCheck } from "../health.ts";
import type { Logger } from "../logger.ts";
import type { Authenticate } from "./authenticate.ts";
import { hasEncodedNul } from "./find-nul.ts";
import { addHealthRoutes } from "./health-routes.ts";
import { toOpenApi } from "./open-api.ts";
import { type FormatProblem, sendProblem } from "./problem.ts";
import type { Route } from "./route.ts";
import { serveRoute } from "./serve-route.ts";

export type CreateAppOptions = {
  service: string;
  version: string;
  logger: Logger;
  routes: readonly Route[];
  /** The dependencies. CPU, memory and event loop come by themselves. */
  health: readonly HealthCheck[];
  /** Needed as soon as one route is not public. */
  authenticate?: Authenticate;
  /** `document` makes `/openapi.json` anew for each request, in place of the one of the routes. */
  openApi?: { title: string; document?: () => Promise<object> };
  /** Handlers that do not fit a route: foreign protocols, proxies, static files. They come before the routes. */
  raw?: (app: Express) => void;
  /** For clients of a foreign protocol, which know failures in another form. */
  formatProblem?: FormatProblem;
};

/**
 * The Express app of a service: routes with validation, health, `/openapi.json`, and problem+json for every failure,
 * unknown paths (404) and wrong methods (405 with Allow) among them.
 */
export function createApp(options: CreateAppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.use((req, res, next) => {
    if (hasEncodedNul(req.url)) {
      throw new AppError("invalid", "request.malformed_path", "The address holds the character NUL.");
    }
    res.setHeader("X-Content-Type-Options", "nosniff");
    // While closing, a kept connection would be cut between two requests: tell the client to open another.
    if (app.locals.stopping === true) res.setHeader("Connection", "close");
    next();
  });
  addHealthRoutes(app, { service: options.service, version: options.version, checks: options.health });
  addOpenApi(app, options);
  options.raw?.(app);
  for (const route of options.routes) app[route.method](route.path, serveRoute(route, options.authenticate));
  addMissing(app, options.routes);
  const onError: ErrorRequestHandler = (error, req, res, _next) =>
    sendProblem(req, res, error, options.logger, options.formatProblem);
  app.use(onError);
  return app;
}

function addOpenApi(app: Express, options: CreateAppOptions): void {
  const info = { title: options.openApi?.title ?? `Kontor ${options.service}`, version: options.version };
  let ofRoutes: object | undefined;
  const fromRoutes = async (): Promise<object> => {
    ofRoutes ??= toOpenApi(options.routes, info);
    return ofRoutes;
  };
  const read = options.openApi?.document ?? fromRoutes;
  app.get("/openapi.json", async (_req, res) => void res.json(await read()));
}

/** What no route took: 405 with the methods of every route whose path matches, else 404. OPTIONS is answered with them. */
function addMissing(app: Express, routes: readonly Route[]): void {
  const methodsByPath = new Map<string, string[]>();
  for (const route of routes) {
    const methods = route.method === "get" ? ["GET", "HEAD"] : [route.method.toUpperCase()];
    methodsByPath.set(route.path, [...(methodsByPath.get(route.path) ?? []), ...methods]);
  }
  for (const [path, methods] of methodsByPath) {
    app.all(path, (_req, res, next) => {
      res.locals.allow = [...new Set([...((res.locals.allow as string[] | undefined) ?? []), ...methods])];
      next();
    });
  }
  app.use((req, res) => {
    const allow = res.locals.allow as string[] | undefined;
    if (allow === undefined) {
      throw new AppError(
        "notFound",
        "request.unknown_path",
        `There is nothing at ${req.method} ${req.path}.`,
      );
    }
    const headers = { Allow: [...allow, "OPTIONS"].join(", ") };
    if (req.method === "OPTIONS") {
      res.set(headers).status(204).end();
      return;
    }
    throw new AppError(
      "methodNotAllowed",
      "request.method_not_allowed",
      `${req.method} is not possible here.`,
      { headers },
    );
  });
}

import type { Request, Response } from "express";
import type { z } from "zod";
import type { Caller } from "./authenticate.ts";

export type HttpMethod = "get" | "post" | "put" | "patch" | "delete";

/** `public` needs no token. Left out: any valid token. */
export type Access = "public" | { permission: string };

/** What a handler is given: everything already validated. */
export type RouteInput<P, Q, B, H, C = Caller | undefined> = {
  params: P;
  query: Q;
  body: B;
  headers: H;
  /** Who calls; absent on public routes only. */
  caller: C;
  req: Request;
  res: Response;
  /** Aborted when the client goes away before the answer is complete. */
  signal: AbortSignal;
};

type Parsed<S extends z.ZodType | undefined> = S extends z.ZodType ? z.infer<S> : undefined;

type RouteShape = {
  method: HttpMethod;
  /** As Express 5 takes it: `/api/orders/:id`. */
  path: string;
  summary: string;
  tags?: string[];
  access?: Access;
  /** Largest accepted body; 1 MiB when left out. */
  bodyLimitBytes?: number;
  /** Successful answers by status. Problems are documented by the kit. Fields the schema does not name are not sent. */
  responses: Record<number, z.ZodType>;
  /** What else than `application/json` the handler may write to `res` itself; documented as text or bytes. */
  otherTypes?: readonly string[];
  /** Headers of its successful answers and what they say, for the documentation. */
  answerHeaders?: Record<string, string>;
  /** Refusals of its own by status and what they mean, for the documentation; those of the kit come by themselves. */
  problems?: Record<number, string>;
  /** Status of a result; the first of `responses` when left out. */
  status?: number;
};

/** A route as createApp takes it, with its input types forgotten. */
export type Route = RouteShape & {
  params?: z.ZodObject;
  /** Parameters it does not name are refused, unless it is a loose object, as for clients of a foreign protocol. */
  query?: z.ZodObject;
  body?: z.ZodType;
  headers?: z.ZodObject;
  handle: (input: RouteInput<never, never, never, never, never>) => Promise<unknown>;
};

/** A result with a status or headers of its own. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/**
 * One endpoint: what it takes, who may call it, what it answers, and the function that does it.
 * The result of `handle` is checked against the response schema and sent as JSON; a handler that wrote to `res` itself
 * returns undefined. Header names are in lower case. Query values are text: use z.coerce.
 */
export function defineRoute<
  R extends Record<number, z.ZodType>,
  A extends Access | undefined = undefined,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  H extends z.ZodObject | undefined = undefined,
>(
  route: Omit<RouteShape, "responses" | "access"> & {
    access?: A;
    responses: R;
    params?: P;
    query?: Q;
    body?: B;
    headers?: H;
    handle: (
      input: RouteInput<
        Parsed<P>,
        Parsed<Q>,
        Parsed<B>,
        Parsed<H>,
        A extends "public" ? Caller | undefined : Caller
      >,
    ) => Promise<z.input<R[keyof R]> | Reply | undefined>;
  },
): Route {
  // The one place where the input types are forgotten: createApp validates with the very schemas they came from.
  return route as unknown as Route;
}

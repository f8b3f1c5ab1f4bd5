import { OpenAPIRegistry, OpenApiGeneratorV31, type ResponseConfig } from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import { problemSchema } from "./problem.ts";
import type { Route } from "./route.ts";
import { toPlainPatterns } from "./to-plain-patterns.ts";

/** The OpenAPI 3.1 document of the routes, made from the very schemas that validate them. */
export function toOpenApi(routes: readonly Route[], info: { title: string; version: string }): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  for (const route of routes) {
    const { params, query, headers, body } = route;
    registry.registerPath({
      method: route.method,
      path: route.path.replaceAll(/[:*](\w+)/g, "{$1}"),
      summary: route.summary,
      ...(route.tags === undefined ? {} : { tags: route.tags }),
      security: route.access === "public" ? [] : [{ bearer: [] }],
      request: {
        ...(params === undefined ? {} : { params }),
        // Those it does not name are refused, unless it is loose: as in `parseInput`.
        ...(query === undefined ? {} : { query }),
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body: toRequestBody(body) }),
      },
      responses: { ...toAnswers(route), ...toProblems(route) },
    });
  }
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({ openapi: "3.1.0", info });
  return toPlainPatterns(document);
}

function toRequestBody(schema: z.ZodType) {
  const isOptional = schema.safeParse(undefined).success;
  return { required: !isOptional, content: { "application/json": { schema } } };
}

function toAnswers(route: Route): Record<number, ResponseConfig> {
  const { answerHeaders = {}, otherTypes = [] } = route;
  const headers = Object.entries(answerHeaders).map(([name, text]) => [name, toHeader(text)]);
  const answers = Object.entries(route.responses).map(([status, schema]) => {
    const isEmpty = schema instanceof z.ZodVoid || schema instanceof z.ZodUndefined;
    // A text is sent by the handler itself, in the one form it names.
    const isText = schema instanceof z.ZodString && otherTypes.length > 0;
    const own = isText ? {} : { "application/json": { schema } };
    const others = otherTypes.map((type) => [type, { schema: z.string() }]);
    const answer = {
      description: "Done",
      ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
      ...(isEmpty ? {} : { content: { ...own, ...Object.fromEntries(others) } }),
    };
    return [status, answer];
  });
  return Object.fromEntries(answers);
}

/** What the kit refuses before a handler is called, the route's own refusals, and `default` for trouble of ours. */
function toProblems(route: Route): Record<string, ResponseConfig> {
  const { params, query, headers, body } = route;
  const takesInput = [params, query, headers, body].some((schema) => schema !== undefined);
  const problems: Record<string, string> = {
    ...(takesInput ? { 400: "The request is not as described; `errors` names every mistake" } : {}),
    ...(route.access === "public" ? {} : { 401: "No access token, or one that is not valid any more" }),
    ...(typeof route.access === "object" ? { 403: `Needs the permission ${route.access.permission}` } : {}),
    ...(body === undefined ? {} : { 413: "The body is too large", 415: "The body is not application/json" }),
    ...route.problems,
    default: "Problem",
  };
  return Object.fromEntries(
    Object.entries(problems).map(([status, description]) => [status, toProblem(status, description)]),
  );
}

function toProblem(status: string, description: string): ResponseConfig {
  const challenge = { "WWW-Authenticate": toHeader("How to authenticate (RFC 6750)") };
  const retry = { "Retry-After": toHeader("Seconds to wait before another try; with 429 and 503") };
  return {
    description,
    ...(status === "401" ? { headers: challenge } : {}),
    ...(status === "default" || status === "503" ? { headers: retry } : {}),
    content: { "application/problem+json": { schema: problemSchema } },
  };
}

function toHeader(description: string) {
  return { description, schema: { type: "string" as const } };
}

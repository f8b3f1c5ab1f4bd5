import { OpenAPIRegistry, OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import { problemSchema } from "./problem.ts";
import type { Route } from "./route.ts";

/** The OpenAPI 3.1 document of the routes, made from the very schemas that validate them. */
export function toOpenApi(routes: readonly Route[], info: { title: string; version: string }): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  const problem = {
    description: "Problem",
    content: { "application/problem+json": { schema: problemSchema } },
  };
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
        ...(query === undefined ? {} : { query }),
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined
          ? {}
          : { body: { required: true, content: { "application/json": { schema: body } } } }),
      },
      responses: { ...toResponses(route), default: problem },
    });
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({ openapi: "3.1.0", info });
}

function toResponses(route: Route) {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, schema]) => {
      const isEmpty = schema instanceof z.ZodVoid || schema instanceof z.ZodUndefined;
      return [
        status,
        { description: "Done", ...(isEmpty ? {} : { content: { "application/json": { schema } } }) },
      ];
    }),
  );
}

import { nearestName } from "@kontor/kit/nearest-name";
import { z } from "zod";
import type { JsonDocument } from "./json-document.ts";
import { type LimitKeyName, limitKeys } from "./limit-keys.ts";
import { type ConfigurationProblem, describeGiven, formatPath, type PathPart } from "./problem.ts";
import { configurationSchema, endpointKeyAllowed, metricNameAllowed } from "./schema.ts";
import { unitRanges } from "./settings.ts";
import { valueAt } from "./value-at.ts";

type Issue = z.core.$ZodIssue;

/** What the schema found wrong, in the words and places of the file. The message of each issue is what is allowed there. */
export function toProblems(document: JsonDocument, issues: readonly Issue[]): ConfigurationProblem[] {
  return issues.flatMap((issue) => toProblemsOfIssue(document, issue, []));
}

function toProblemsOfIssue(
  document: JsonDocument,
  issue: Issue,
  parent: readonly PathPart[],
): ConfigurationProblem[] {
  const path = [...parent, ...(issue.path as PathPart[])];
  const given = valueAt(document.value, path);
  if (issue.code === "invalid_union") {
    const branch = matchingBranch(issue, given);
    if (branch !== undefined) return branch.flatMap((inner) => toProblemsOfIssue(document, inner, path));
  }
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => toUnknownKey(document, path, key));
  if (issue.code === "invalid_key") return [toWrongKey(document, path)];
  return [
    {
      ...document.positionOf(path),
      path: formatPath(path),
      message: given === undefined ? "is missing" : (whatIsWrong(issue) ?? "is not allowed"),
      given: describeGiven(given),
      allowed: issue.message,
      suggestion: suggestValue(issue, path, given),
    },
  ];
}

/** Where the schema knows more than what is allowed. */
function whatIsWrong(issue: Issue): string | undefined {
  const wrong = issue.code === "custom" ? issue.params?.wrong : undefined;
  return typeof wrong === "string" ? wrong : undefined;
}

/** Of the ways a value may be written, the one that was meant: an object is compared with the object, a number with the number. */
export function matchingBranch(
  issue: Extract<Issue, { code: "invalid_union" }>,
  given: unknown,
): readonly Issue[] | undefined {
  if (given === null || (typeof given !== "object" && typeof given !== "number")) return undefined;
  return issue.errors.find(
    (errors) => !errors.some((inner) => inner.path.length === 0 && isOfAnotherType(inner, given)),
  );
}

function isOfAnotherType(issue: Issue, given: unknown): boolean {
  return issue.code === "invalid_type" && !(issue.expected === "int" && typeof given === "number");
}

function toUnknownKey(document: JsonDocument, path: readonly PathPart[], key: string): ConfigurationProblem {
  const candidates = keysAt(path);
  const isServiceLimit = path.at(-2) === "endpoints" && Object.hasOwn(limitKeys, key);
  const near = isServiceLimit ? formatPath([...path.slice(0, 2), key]) : nearestName(key, candidates);
  return {
    ...document.keyPositionOf([...path, key]),
    path: formatPath([...path, key]),
    message: isServiceLimit ? "holds for a whole service, not for an endpoint" : "unknown key",
    given: JSON.stringify(key),
    allowed: `one of ${candidates.join(", ")}`,
    suggestion: near === undefined || isServiceLimit ? near : JSON.stringify(near),
  };
}

function toWrongKey(document: JsonDocument, path: readonly PathPart[]): ConfigurationProblem {
  const key = String(path.at(-1));
  const isEndpoint = path.at(-2) === "endpoints";
  const isCounter = path.at(-2) === "counters";
  const suggestion = isEndpoint ? suggestEndpoint(key) : undefined;
  return {
    ...document.keyPositionOf(path),
    path: formatPath(path),
    message: isEndpoint ? "is not an endpoint" : isCounter ? "is not a metric" : "is not a name",
    given: JSON.stringify(key),
    allowed: isEndpoint
      ? endpointKeyAllowed
      : isCounter
        ? metricNameAllowed
        : "a name of at least one character",
    suggestion: suggestion === undefined ? undefined : JSON.stringify(suggestion),
  };
}

/** `post api/orders?x=1` -> `POST /api/orders`. A path alone becomes a GET. */
export function suggestEndpoint(key: string): string | undefined {
  const [, method = "GET", rest = ""] = /^\s*(?:([A-Za-z]+)(?=[\s:/]))?[\s:]*(.*?)\s*$/.exec(key) ?? [];
  const route = rest
    .replace(/^https?:\/\/[^/]*/, "")
    .replace(/[?#].*$/, "")
    .replace(/\s+/g, "");
  if (route === "") return undefined;
  const suggestion = `${method.toUpperCase()} ${route.startsWith("/") ? route : `/${route}`}`;
  return configurationSchema.shape.services.safeParse({ any: { endpoints: { [suggestion]: {} } } }).success
    ? suggestion
    : undefined;
}

function suggestValue(issue: Issue, path: readonly PathPart[], given: unknown): string | undefined {
  if (issue.code === "invalid_value" && typeof given === "string") {
    const near = nearestName(given, issue.values.map(String));
    return near === undefined ? undefined : JSON.stringify(near);
  }
  if (
    typeof given === "string" &&
    given.trim() !== "" &&
    Number.isFinite(Number(given)) &&
    issue.code !== "invalid_format"
  ) {
    return `${Number(given)}, without quotes`;
  }
  const key = path.findLast(
    (part): part is LimitKeyName => typeof part === "string" && Object.hasOwn(limitKeys, part),
  );
  const isRatio =
    key !== undefined &&
    limitKeys[key].unit === "ratio" &&
    (path.at(-1) === key || path.at(-1) === "limit" || path.at(-1) === "clear");
  const percent = isRatio && typeof given === "number" && given > unitRanges.ratio.max && given <= 100;
  return percent ? String(Number((given / 100).toPrecision(12))) : undefined;
}

/** Names of keys that may stand in the object at a path. */
export function keysAt(path: readonly PathPart[]): string[] {
  let schemas: z.core.$ZodType[] = [configurationSchema];
  for (const part of path) {
    schemas = schemas.flatMap(unwrap).flatMap((schema) => {
      if (schema instanceof z.ZodObject) return schema.shape[String(part)] ?? [];
      if (schema instanceof z.ZodRecord) return schema.valueType;
      return schema instanceof z.ZodArray ? schema.element : [];
    });
  }
  return schemas
    .flatMap(unwrap)
    .flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema instanceof z.ZodUnion ? schema.options.flatMap(unwrap) : [schema];
}

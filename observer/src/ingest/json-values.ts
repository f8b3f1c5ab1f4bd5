import type { AttributeValue, ResourceRecord, ScopeRecord } from "../store/span-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import type { DecodeRun } from "./decode-context.ts";
import { toExactNumber, toJsonNumber } from "./decode-value.ts";
import { base64, double, int64, isGiven, type JsonObject, object, objects, text } from "./json-input.ts";
import { withoutNul } from "./without-nul.ts";

/** Reads a list of `KeyValue` through the policy into `target`. */
export function readJsonAttributes(
  value: unknown,
  name: string,
  target: AttributeTarget,
  run: DecodeRun,
): void {
  for (const pair of objects(value, name)) {
    run.context.policy.set(target, text(pair.key, "key"), readJsonValue(object(pair.value, "value"), run, 1));
  }
}

/** Reads one `AnyValue`; too deep a value is noted on the run, which refuses the item. */
export function readJsonValue(value: JsonObject, run: DecodeRun, depth: number): AttributeValue {
  if (typeof value.stringValue === "string") return withoutNul(value.stringValue);
  if (typeof value.boolValue === "boolean") return value.boolValue;
  if (isGiven(value.intValue)) return toExactNumber(int64(value.intValue, "intValue"));
  const number = double(value.doubleValue, "doubleValue");
  if (number !== undefined) return toJsonNumber(number);
  if (isGiven(value.bytesValue)) return base64(value.bytesValue, "bytesValue");
  const list = value.arrayValue;
  const map = value.kvlistValue;
  if (!isGiven(list) && !isGiven(map)) return null;
  if (depth > run.context.maxDepth) {
    run.isTooDeep = true;
    return null;
  }
  if (isGiven(list)) {
    return members(list, "arrayValue").map((item) => readJsonValue(item, run, depth + 1));
  }
  const out: AttributeTarget = {};
  for (const pair of members(map, "kvlistValue")) {
    const key = text(pair.key, "key");
    if (key !== "__proto__") out[key] = readJsonValue(object(pair.value, "value"), run, depth + 1);
  }
  return out;
}

/** Some senders, and one of the protocol's own examples, leave out the `values` in between. */
function members(value: unknown, name: string): readonly JsonObject[] {
  return Array.isArray(value) ? objects(value, name) : objects(object(value, name).values, name);
}

/** @returns undefined when there are too many different senders */
export function readJsonResource(value: unknown, run: DecodeRun): ResourceRecord | undefined {
  const target: AttributeTarget = {};
  run.context.policy.begin();
  readJsonAttributes(object(value, "resource").attributes, "resource.attributes", target, run);
  run.isTooDeep = false;
  return run.context.senders.resource(target, run.receivedAtMs);
}

export function readJsonScope(value: unknown, schemaUrl: unknown, run: DecodeRun): ScopeRecord {
  const scope = object(value, "scope");
  const target: AttributeTarget = {};
  run.context.policy.begin();
  readJsonAttributes(scope.attributes, "scope.attributes", target, run);
  run.isTooDeep = false;
  const { senders } = run.context;
  return senders.scope(
    text(scope.name, "scope.name"),
    text(scope.version, "scope.version"),
    text(schemaUrl, "schemaUrl"),
    target,
  );
}

/** Walks `resourceX[].scopeX[].items[]`, the shape that all three signals share. */
export function eachItem(
  body: JsonObject,
  names: { readonly resources: string; readonly scopes: string; readonly items: string },
  run: DecodeRun,
  read: (item: JsonObject, resource: ResourceRecord | undefined, scope: ScopeRecord) => void,
): void {
  for (const group of objects(body[names.resources], names.resources)) {
    const resource = readJsonResource(group.resource, run);
    for (const inner of objects(group[names.scopes], names.scopes)) {
      const scope = readJsonScope(inner.scope, inner.schemaUrl, run);
      for (const item of objects(inner[names.items], names.items)) read(item, resource, scope);
    }
  }
}

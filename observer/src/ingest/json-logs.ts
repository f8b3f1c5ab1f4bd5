import type { LogRecord } from "../store/log-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import type { DecodeRun } from "./decode-context.ts";
import { acceptLog, draftLog } from "./decode-logs.ts";
import {
  besideUnixNano,
  count,
  enumValue,
  hexId,
  type JsonObject,
  object,
  text,
  unixNano,
} from "./json-input.ts";
import { eachItem, readJsonAttributes, readJsonValue } from "./json-values.ts";

const severityNames = [
  "unspecified",
  ...["trace", "debug", "info", "warn", "error", "fatal"].flatMap((name) => [
    name,
    `${name}2`,
    `${name}3`,
    `${name}4`,
  ]),
];

/**
 * Reads an `ExportLogsServiceRequest` in OTLP's JSON.
 *
 * @throws MalformedError when a field is not of the type that the protocol gives it
 */
export function readJsonLogs(body: JsonObject, run: DecodeRun): LogRecord[] {
  const logs: LogRecord[] = [];
  const names = { resources: "resourceLogs", scopes: "scopeLogs", items: "logRecords" };
  eachItem(body, names, run, (item, resource, scope) => {
    if (resource === undefined) {
      run.refuse("too_many_senders");
      return;
    }
    const log = draftLog(resource, scope, run.receivedAtMs);
    const attributes: AttributeTarget = {};
    log.timeUnixNano = unixNano(item.timeUnixNano, "timeUnixNano");
    log.observedUnixNano = besideUnixNano(item.observedTimeUnixNano, "observedTimeUnixNano");
    const severity = item.severityNumber;
    log.severityNumber =
      typeof severity === "string"
        ? severityNames.indexOf(enumValue(severity, severityNames, "SEVERITY_NUMBER_"))
        : count(severity, "severityNumber");
    log.severityText = text(item.severityText, "severityText");
    log.eventName = text(item.eventName, "eventName");
    log.body = readJsonValue(object(item.body, "body"), run, 1);
    run.context.policy.begin();
    readJsonAttributes(item.attributes, "attributes", attributes, run);
    log.attributes = attributes;
    log.droppedAttributesCount = count(item.droppedAttributesCount, "droppedAttributesCount");
    log.flags = count(item.flags, "flags");
    log.traceId = hexId(item.traceId, "traceId");
    log.spanId = hexId(item.spanId, "spanId");
    if (acceptLog(log, run)) logs.push(log);
  });
  return logs;
}

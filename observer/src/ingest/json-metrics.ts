import type { Exemplar, ExponentialBuckets, MetricKind, PointRecord } from "../store/point-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import type { DecodeRun } from "./decode-context.ts";
import { temporalities } from "./decode-metrics.ts";
import {
  acceptPoint,
  draftFields,
  draftPoint,
  type PointFields,
  type PointOwner,
  setInteger,
  toPointValue,
} from "./decode-points.ts";
import {
  besideUnixNano,
  count,
  double,
  enumValue,
  hexId,
  int64,
  isGiven,
  type JsonObject,
  numbers,
  object,
  objects,
  text,
  unixNano,
} from "./json-input.ts";
import { eachItem, readJsonAttributes } from "./json-values.ts";

const kinds: readonly MetricKind[] = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"];

/**
 * Reads an `ExportMetricsServiceRequest` in OTLP's JSON, with all five kinds of metric.
 *
 * @throws MalformedError when a field is not of the type that the protocol gives it
 */
export function readJsonMetrics(body: JsonObject, run: DecodeRun): PointRecord[] {
  const points: PointRecord[] = [];
  const names = { resources: "resourceMetrics", scopes: "scopeMetrics", items: "metrics" };
  eachItem(body, names, run, (item, resource, scope) => {
    const kind = kinds.find((name) => isGiven(item[name]));
    if (kind === undefined) {
      run.refuse("no_metric_data");
      return;
    }
    const data = object(item[kind], kind);
    const metric = {
      name: text(item.name, "metric.name"),
      description: text(item.description, "metric.description"),
      unit: text(item.unit, "metric.unit"),
      kind,
      temporality: enumValue(data.aggregationTemporality, temporalities, "AGGREGATION_TEMPORALITY_"),
      monotonic: data.isMonotonic === true,
    };
    for (const point of objects(data.dataPoints, "dataPoints")) {
      if (resource === undefined) run.refuse("too_many_senders");
      else if (metric.name === "") run.refuse("no_metric_name");
      else {
        const draft = readPoint(point, run, { metric, resource, scope });
        if (acceptPoint(draft, run)) points.push(draft);
      }
    }
  });
  return points;
}

function readPoint(item: JsonObject, run: DecodeRun, owner: PointOwner) {
  const point = draftPoint(owner, run.receivedAtMs);
  const attributes: AttributeTarget = {};
  point.startUnixNano = besideUnixNano(item.startTimeUnixNano, "startTimeUnixNano");
  point.timeUnixNano = unixNano(item.timeUnixNano, "timeUnixNano");
  point.flags = count(item.flags, "flags");
  run.context.policy.begin();
  readJsonAttributes(item.attributes, "attributes", attributes, run);
  point.attributes = attributes;
  const exemplars = objects(item.exemplars, "exemplars").map((exemplar) => readExemplar(exemplar, run));
  if (exemplars.length > 0) point.exemplars = exemplars;
  point.value = toPointValue(owner.metric.kind, readFields(item), point.flags);
  return point;
}

function readFields(item: JsonObject): PointFields {
  const fields = draftFields();
  fields.value = double(item.asDouble, "asDouble");
  if (isGiven(item.asInt)) setInteger(fields, int64(item.asInt, "asInt"));
  fields.count = count(item.count, "count");
  fields.sum = double(item.sum, "sum");
  fields.min = double(item.min, "min");
  fields.max = double(item.max, "max");
  fields.counts = numbers(item.bucketCounts, "bucketCounts");
  fields.bounds = numbers(item.explicitBounds, "explicitBounds");
  fields.scale = count(item.scale, "scale");
  fields.zeroCount = count(item.zeroCount, "zeroCount");
  fields.zeroThreshold = count(item.zeroThreshold, "zeroThreshold");
  fields.positive = readBuckets(object(item.positive, "positive"));
  fields.negative = readBuckets(object(item.negative, "negative"));
  fields.quantiles = objects(item.quantileValues, "quantileValues").map((quantile) => ({
    quantile: count(quantile.quantile, "quantile"),
    value: count(quantile.value, "value"),
  }));
  return fields;
}

function readBuckets(item: JsonObject): ExponentialBuckets {
  return { offset: count(item.offset, "offset"), counts: numbers(item.bucketCounts, "bucketCounts") };
}

function readExemplar(item: JsonObject, run: DecodeRun): Exemplar {
  const attributes: AttributeTarget = {};
  readJsonAttributes(item.filteredAttributes, "filteredAttributes", attributes, run);
  const whole = isGiven(item.asInt) ? Number(int64(item.asInt, "asInt")) : undefined;
  return {
    timeUnixNano: besideUnixNano(item.timeUnixNano, "exemplar.timeUnixNano"),
    value: whole ?? count(item.asDouble, "asDouble"),
    traceId: hexId(item.traceId, "exemplar.traceId"),
    spanId: hexId(item.spanId, "exemplar.spanId"),
    attributes,
  };
}

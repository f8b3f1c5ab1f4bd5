import type { CataloguedSignal } from "../../../signals/catalogue.ts";
import type { AttributeFilter, MetricName, Reading } from "../../../signals/signal-definition.ts";
import { attributeOn, instanceAttribute, routeAttributes, serviceAttributes } from "../subject-attributes.ts";
import { boundPattern, fields } from "./fields.ts";
import { columnOf, isOneOf, quoteFlux } from "./flux.ts";

export interface PanelFluxOptions {
  /** Expressions of Flux, put in as they are: `v.defaultBucket` and a quoted name, `v.timeRangeStart`, `v.timeRangeStop`, `v.windowPeriod`. */
  readonly bucket: string;
  readonly start: string;
  readonly stop: string;
  readonly every: string;
  /** Tests of a record, all of which must hold: `r["service.name"] == "shop"`. */
  readonly filters?: readonly string[];
  /** Attributes kept; those of the signal's subject when left out. */
  readonly by?: readonly string[];
}

/**
 * A catalogued signal as Flux for a panel: one table for each subject, one row for every stretch of `every`, in the unit of the signal.
 * It reads what our own services send, the first metric of the first reading; `toFlux` reads all there is.
 */
export function compileFlux(signal: CataloguedSignal, options: PanelFluxOptions): string {
  const [reading] = signal.readings;
  const subject = signal.dimensions.includes("route")
    ? [...serviceAttributes, ...routeAttributes]
    : serviceAttributes;
  const by = options.by ?? subject;
  return toSteps(reading, signal, { ...options, by }).join("\n");
}

type Context = PanelFluxOptions & { readonly by: readonly string[] };

function toSteps(reading: Reading, signal: CataloguedSignal, context: Context): string[] {
  if (reading.kind === "quotient") return quotient(reading, signal, context);
  if (reading.kind === "gauge") return combined(gaugePerInstance(reading, context), signal, context);
  if (reading.kind === "counterRate") {
    const perInstance = growthPerInstance(reading.of.metrics[0], fields.counter, reading.of.where, context);
    return combined([...perInstance, rate(reading.perSeconds, context)], signal, context);
  }
  const metric = reading.of.kind === "histogram" ? reading.of.metrics[0] : undefined;
  if (reading.kind === "timeShare") {
    const perInstance = growthPerInstance(metric, fields.sum, [], context);
    return combined([...perInstance, rate((metric?.scale ?? 1) / 1000, context)], signal, context);
  }
  if (reading.kind === "quantile") return quantile(metric, reading.quantile, context);
  const counted = [...from(metric, [isOneOf("_field", [fields.count])], context), grown(context)];
  if (reading.kind === "eventRate")
    return [...counted, ...pooled("sum()", context), rate(reading.perSeconds, context), ...finished(context)];
  const failed = reading.of.failedWhen.map((filter) => toTest(metric?.name ?? "", filter)).join(" or ");
  const parts = `map(fn: (r) => ({r with failed: if ${failed === "" ? "false" : failed} then r._value else 0.0, all: r._value}))`;
  const sums =
    "reduce(identity: {failed: 0.0, all: 0.0}, fn: (r, accumulator) => ({failed: accumulator.failed + r.failed, all: accumulator.all + r.all}))";
  const ratio = "map(fn: (r) => ({r with _value: r.failed / r.all}))";
  return [
    ...counted,
    `  |> ${parts}`,
    ...pooled(sums, context),
    "  |> filter(fn: (r) => r.all > 0.0)",
    `  |> ${ratio}`,
    ...finished(context),
  ];
}

function from(
  metric: MetricName | undefined,
  tests: readonly string[],
  { bucket, start, stop, filters = [] }: PanelFluxOptions,
): string[] {
  const all = [isOneOf("_measurement", [metric?.name ?? ""]), ...tests, ...filters];
  return [
    `from(bucket: ${bucket})`,
    `  |> range(start: ${start}, stop: ${stop})`,
    `  |> filter(fn: (r) => ${all.join(" and ")})`,
  ];
}

/** What running totals grew by in each stretch; a total that fell counts from zero. */
function grown({ every }: PanelFluxOptions): string {
  return `  |> aggregateWindow(every: ${every}, fn: last, createEmpty: false)\n  |> difference(nonNegative: true, initialZero: true)`;
}

function pooled(aggregate: string, { by }: Context, more: readonly string[] = []): string[] {
  const columns = [...by, ...more, "_time"].map(quoteFlux).join(", ");
  return [`  |> group(columns: [${columns}])`, `  |> ${aggregate}`];
}

function finished({ by }: Context): string[] {
  const columns = by.map(quoteFlux).join(", ");
  return [`  |> group(columns: [${columns}])`, '  |> sort(columns: ["_time"])'];
}

function rate(perSeconds: number, { every }: PanelFluxOptions): string {
  const seconds = `(float(v: int(v: ${every})) / 1000000000.0)`;
  return `  |> map(fn: (r) => ({r with _value: r._value / ${seconds} * ${toFloat(perSeconds)}}))`;
}

function quantile(metric: MetricName | undefined, share: number, context: Context): string[] {
  const scale = metric?.scale ?? 1;
  return [
    ...from(metric, [`r._field =~ ${boundPattern}`], context),
    grown(context),
    "  |> map(fn: (r) => ({r with le: float(v: r._field)}))",
    ...pooled("sum()", context, ["le"]),
    ...pooled(`histogramQuantile(quantile: ${share})`, context),
    ...(scale === 1 ? [] : [`  |> map(fn: (r) => ({r with _value: r._value * ${toFloat(scale)}}))`]),
    ...finished(context),
  ];
}

function growthPerInstance(
  metric: MetricName | undefined,
  field: string,
  where: readonly AttributeFilter[],
  context: Context,
): string[] {
  const tests = [isOneOf("_field", [field]), ...where.map((filter) => toTest(metric?.name ?? "", filter))];
  return [...from(metric, tests, context), grown(context), ...pooled("sum()", context, [instanceAttribute])];
}

function gaugePerInstance(reading: Extract<Reading, { kind: "gauge" }>, context: Context): string[] {
  const { of: input, over } = reading;
  const [metric] = input.metrics;
  const tests = [
    isOneOf("_field", [fields.gauge]),
    ...input.where.map((filter) => toTest(metric?.name ?? "", filter)),
  ];
  const scale = metric?.scale ?? 1;
  const aggregate = { latest: "last", mean: "mean", max: "max" }[over];
  return [
    ...from(metric, tests, context),
    `  |> aggregateWindow(every: ${context.every}, fn: ${aggregate}, createEmpty: false)`,
    `  |> map(fn: (r) => ({r with _value: float(v: r._value) * ${toFloat(scale)}}))`,
    ...pooled(`${input.acrossAttributes}()`, context, [instanceAttribute, ...input.keepApart]),
  ];
}

/** The worst instance, or all of them together, as the signal says. */
function combined(perInstance: readonly string[], signal: CataloguedSignal, context: Context): string[] {
  const aggregate = signal.instances === "max" ? "max()" : signal.instances === "mean" ? "mean()" : "sum()";
  return [...perInstance, ...pooled(aggregate, context), ...finished(context)];
}

function quotient(
  reading: Extract<Reading, { kind: "quotient" }>,
  signal: CataloguedSignal,
  context: Context,
): string[] {
  const side = (one: typeof reading.dividend): string[] =>
    one.kind === "gauge"
      ? gaugePerInstance(one, context)
      : [
          ...growthPerInstance(one.of.metrics[0], fields.counter, one.of.where, context),
          rate(one.perSeconds, context),
        ];
  const kept = reading.dividend.kind === "gauge" ? reading.dividend.of.keepApart : [];
  // Not joined: a join finds nothing by a column that somebody does not send.
  return [
    `dividend = ${side(reading.dividend).join("\n")}`,
    '  |> set(key: "side", value: "dividend")',
    `divisor = ${side(reading.divisor).join("\n")}`,
    '  |> set(key: "side", value: "divisor")',
    "union(tables: [dividend, divisor])",
    ...pooled('pivot(rowKey: ["_time"], columnKey: ["side"], valueColumn: "_value")', context, [
      instanceAttribute,
      ...kept,
    ]),
    "  |> filter(fn: (r) => exists r.dividend and exists r.divisor and r.divisor > 0.0)",
    "  |> map(fn: (r) => ({r with _value: r.dividend / r.divisor}))",
    ...combined([], signal, context),
  ];
}

/** A filter of the catalogue as a test of a record. */
function toTest(metric: string, { attribute, atLeast, oneOf, unless }: AttributeFilter): string {
  const column = attributeOn(metric, attribute);
  const tests = [`exists ${columnOf(column)}`];
  if (atLeast !== undefined) tests.push(`float(v: ${columnOf(column)}) >= ${toFloat(atLeast)}`);
  if (oneOf !== undefined) tests.push(isOneOf(column, oneOf));
  if (unless !== undefined) tests.push(`not exists ${columnOf(attributeOn(metric, unless))}`);
  return `(${tests.join(" and ")})`;
}

function toFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

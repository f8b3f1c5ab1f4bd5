import type { SignalDefinition } from "./signal-definition.ts";

/**
 * The signal of a counter that a service sends on its own account (orders placed, mails sent) and `observer_config.json` names. The
 * name of the metric is a part of the signal's name, so that every adapter can read it without knowing the file.
 */
export type CounterSignalName = `counter:${string}`;

const prefix = "counter:";

/** @param metric as the service calls it: `shop.orders.placed` */
export function toCounterSignalName(metric: string): CounterSignalName {
  return `${prefix}${metric}`;
}

/** @returns undefined for the name of any other signal */
export function readCounterMetric(name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/**
 * How often it counted, per minute, all instances together. The metric is a monotonic sum in a unit of its own, such as `{order}`;
 * attributes are added up.
 */
export function toCounterSignal(
  name: CounterSignalName,
): SignalDefinition & { readonly name: CounterSignalName } {
  const metric = name.slice(prefix.length);
  const input = {
    kind: "counter",
    id: name,
    metrics: [{ name: metric, unit: "", scale: 1 }],
    where: [],
  } as const;
  return {
    name,
    description: `${metric} per minute, all instances of a service.`,
    unit: "1/min",
    dimensions: [],
    countOf: "points",
    instances: "sum",
    readings: [{ kind: "counterRate", of: input, perSeconds: 60 }],
  };
}

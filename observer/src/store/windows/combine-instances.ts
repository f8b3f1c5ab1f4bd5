import type { SignalDefinition } from "../../signals/signal-definition.ts";
import type { Sample } from "../../signals/signal-source.ts";
import type { Subject } from "../../signals/subject.ts";

/** The value of one instance, and of what its signal keeps apart, over a window. */
export interface InstanceValue {
  readonly instance: string;
  readonly kept: string;
  readonly value: number;
  readonly points: number;
  readonly newestAtMs: number;
  readonly effectiveMs: number;
}

/**
 * Makes one sample of the values of a service's instances. What is kept apart inside an instance (pools, queues) counts as its
 * largest.
 */
export function combineInstances(
  how: SignalDefinition["instances"],
  subject: Subject,
  values: readonly InstanceValue[],
): Sample | undefined {
  const largest = new Map<string, InstanceValue>();
  for (const value of values) {
    const known = largest.get(value.instance);
    if (known === undefined || value.value > known.value) largest.set(value.instance, value);
  }
  let sum = 0;
  let weighted = 0;
  let points = 0;
  let max = Number.NEGATIVE_INFINITY;
  let newestAtMs = 0;
  let effectiveMs = 0;
  for (const one of largest.values()) {
    sum += one.value;
    weighted += one.value * one.points;
    points += one.points;
    max = Math.max(max, one.value);
    newestAtMs = Math.max(newestAtMs, one.newestAtMs);
    effectiveMs = Math.max(effectiveMs, one.effectiveMs);
  }
  if (largest.size === 0) return undefined;
  const value = how === "max" ? max : how === "mean" ? weighted / points : sum;
  return { subject, value, count: points, effectiveWindowSeconds: effectiveMs / 1000, newestAtMs };
}

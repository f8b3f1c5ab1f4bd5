import type { CataloguedSignal } from "../../signals/catalogue.ts";
import type { EventInput } from "../../signals/signal-definition.ts";
import type { Subject } from "../../signals/subject.ts";
import type { RollupRow } from "../rollups/rollup-row.ts";
import type { OwnedRing } from "./event-input.ts";
import { EventReader } from "./event-reader.ts";
import { readSignal } from "./read-signal.ts";
import type { WindowStore } from "./window-store.ts";

const minuteMs = 60_000;

/** All that the windows say of one minute, `(endMs - 60,000, endMs]`. Events are read from what their signals read first, never twice. */
export function rollUp(store: WindowStore, endMs: number): RollupRow[] {
  const window = { windowMs: minuteMs, atMs: endMs };
  const signals = [...store.catalogue.signals.values()];
  const families = new Map<string, readonly EventInput[]>();
  const rows: RollupRow[] = [];
  for (const signal of signals) {
    const inputs = eventInputs(signal);
    const [first] = inputs;
    if (first !== undefined) families.set(first.id, inputs);
    else {
      for (const { subject, value, count } of readSignal(store, signal, window).values()) {
        rows.push({ ...toIdentity(signal.name, subject, endMs), ...noEvents, count, value });
      }
    }
  }
  const reader = new EventReader(window, store.layouts);
  for (const [name, inputs] of families) rows.push(...rollUpEvents(store, reader, name, inputs, endMs));
  return rows;
}

const noEvents = { failed: 0, sumMs: 0, bounds: [], counts: [] };

function eventInputs({ readings }: CataloguedSignal): EventInput[] {
  return readings.flatMap((reading) =>
    reading.kind === "quantile" || reading.kind === "failureRatio" || reading.kind === "eventRate"
      ? [reading.of]
      : [],
  );
}

function rollUpEvents(
  store: WindowStore,
  reader: EventReader,
  name: string,
  inputs: readonly EventInput[],
  endMs: number,
): RollupRow[] {
  const rows: RollupRow[] = [];
  const answered = new Set<string>();
  for (const input of inputs) {
    for (const service of store.events.get(input.id)?.services.values() ?? []) {
      if (answered.has(service.key)) continue;
      const named = reader.chooseName(service, input);
      if (named === undefined) continue;
      answered.add(service.key);
      const groups = [
        { subject: named.service.subject, rings: named.routeless.rings },
        ...named.routes.values(),
      ];
      for (const { subject, rings } of groups) {
        const row = toRow(reader, toIdentity(name, subject, endMs), rings);
        if (row !== undefined) rows.push(row);
      }
    }
  }
  return rows;
}

function toRow(
  reader: EventReader,
  identity: ReturnType<typeof toIdentity>,
  rings: readonly OwnedRing[],
): RollupRow | undefined {
  const merged = reader.merge(rings);
  if (merged === undefined) return undefined;
  const { count, failed, sum } = merged;
  const histogram = reader.histogram(rings);
  return {
    ...identity,
    ...{ count, failed, sumMs: sum, value: undefined },
    bounds: histogram === undefined ? [] : [...histogram.layout.bounds],
    counts:
      histogram === undefined ? [] : Array.from(histogram.counts).slice(0, histogram.layout.bucketCount),
  };
}

function toIdentity(name: string, { environment, namespace, service, route }: Subject, endMs: number) {
  return { minuteMs: endMs, name, environment, namespace, service, route };
}

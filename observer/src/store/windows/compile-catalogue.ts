import type { CataloguedName, CataloguedSignal, SignalName } from "../../signals/catalogue.ts";
import type {
  CounterInput,
  EventInput,
  GaugeInput,
  HistogramInput,
  Reading,
  SpanInput,
} from "../../signals/signal-definition.ts";

export type MetricInput = HistogramInput | CounterInput | GaugeInput;

/** Which input reads a metric, and as which of its names. */
export interface MetricUse {
  readonly input: MetricInput;
  readonly nameIndex: number;
  /** To the unit of the signals that read it. */
  readonly scale: number;
}

export interface CompiledCatalogue {
  readonly signals: ReadonlyMap<SignalName, CataloguedSignal>;
  readonly metrics: ReadonlyMap<string, MetricUse>;
  readonly spanInputs: readonly SpanInput[];
  /** From now on the metrics of this signal are read too; one that is read already stays with whoever reads it. */
  follow(signal: CataloguedSignal): void;
}

/** Turns the catalogue around: from what may arrive to who reads it. */
export function compileCatalogue(
  catalogue: Readonly<Record<CataloguedName, CataloguedSignal>>,
): CompiledCatalogue {
  const signals = new Map<SignalName, CataloguedSignal>();
  const metrics = new Map<string, MetricUse>();
  const spanInputs = new Map<string, SpanInput>();
  const follow = (signal: CataloguedSignal): void => {
    signals.set(signal.name, signal);
    for (const input of signal.readings.flatMap((reading) => inputsOf(reading))) {
      if (input.kind === "spans") spanInputs.set(input.id, input);
      else {
        for (const [nameIndex, { name, scale }] of input.metrics.entries())
          if (!metrics.has(name)) metrics.set(name, { input, nameIndex, scale });
      }
    }
  };
  for (const signal of Object.values(catalogue)) follow(signal);
  return { signals, metrics, spanInputs: [...spanInputs.values()], follow };
}

function inputsOf(reading: Reading): (EventInput | CounterInput | GaugeInput)[] {
  return reading.kind === "quotient" ? [reading.dividend.of, reading.divisor.of] : [reading.of];
}

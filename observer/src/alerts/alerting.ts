import type { Logger } from "@kontor/kit/logger";
import type { Alert } from "./alert.ts";
import { type AlertMachine, type AlertTick, createAlertMachine, type Explanation } from "./alert-machine.ts";
import type { AlertMachineSettings } from "./alert-step.ts";
import { type Clock, createDelivery, type Delivery } from "./delivery/delivery.ts";
import type { SendQueueSettings } from "./delivery/send-queue.ts";
import type { DeliverySettings } from "./delivery/stage.ts";
import type { AlertJournal } from "./journal/alert-journal.ts";
import type { Receiver } from "./receivers/receiver.ts";
import { createSilences, type Silences } from "./silences.ts";

export interface AlertingOptions {
  readonly journal: AlertJournal;
  readonly receivers: readonly Receiver[];
  readonly settings: () => DeliverySettings;
  readonly machineSettings?: () => AlertMachineSettings;
  /** What explains an alert as of now: asked when it fires, and again for a while after. */
  readonly explain?: (about: Pick<Alert, "subject" | "rule">, atMs: number) => Explanation;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  readonly queue?: Partial<SendQueueSettings>;
}

/** The whole room behind one door: verdicts go in every second, people are told. */
export interface Alerting extends AsyncDisposable, Silences {
  /** Decides, journals and tells. Resolves when messages are on their way; never waits for a receiver. */
  tick(tick: AlertTick): Promise<void>;
  /** Not inactive ones, resolved ones among them, with the values of the last tick. */
  listAlerts(): Alert[];
  getAlert(fingerprint: string): Alert | undefined;
  readonly getSuppression: Delivery["getSuppression"];
  /** A message was reported as delivered. Resolves when that is journaled: confirm the report to its sender after that. */
  readonly acknowledge: Delivery["acknowledge"];
  readonly whenQuiet: Delivery["whenQuiet"];
  readonly pendingCount: number;
}

/** Alerts that are explained anew in one tick; the youngest first. */
const EXPLAINED_PER_TICK_MAX = 20;

/** Goes on where the journal ended: alerts, clocks, silences, and what was on its way to somebody. */
export function createAlerting(options: AlertingOptions): Alerting {
  const { journal, settings, explain } = options;
  const machine: AlertMachine = createAlertMachine(journal.book.alerts.values(), {
    ...(options.machineSettings === undefined ? {} : { settings: options.machineSettings }),
    ...(explain === undefined ? {} : { explain }),
  });
  const delivery = createDelivery({
    ...options,
    observe: (fingerprint) => machine.getAlert(fingerprint)?.observed,
  });
  const silences = createSilences(journal, options.clock.nowMs);

  /** Traces are diagnosed seconds after the breach shows: what explains a young alert comes late. */
  const explainYoungAlerts = async (atMs: number): Promise<void> => {
    if (explain === undefined) return;
    const sinceMs = atMs - settings().explainWithinSeconds * 1000;
    const young = [...journal.book.episodes.values()]
      .reverse()
      .filter(
        ({ kind, opened, closed }) => kind === "firing" && closed === undefined && opened.atMs >= sinceMs,
      )
      .slice(0, EXPLAINED_PER_TICK_MAX)
      .map(({ opened }) => machine.getAlert(opened.alert.fingerprint))
      .filter((alert) => alert !== undefined);
    for (const alert of young) {
      const explained = machine.attach(alert.fingerprint, explain(alert, atMs));
      if (explained !== undefined) await delivery.acceptExplained(explained);
    }
  };

  return {
    ...silences,
    async tick(tick) {
      await delivery.accept(machine.apply(tick));
      await explainYoungAlerts(tick.atMs);
      await delivery.tick();
    },
    listAlerts: () => machine.listAlerts(),
    getAlert: (fingerprint) => machine.getAlert(fingerprint),
    getSuppression: delivery.getSuppression,
    acknowledge: delivery.acknowledge,
    whenQuiet: delivery.whenQuiet,
    get pendingCount() {
      return delivery.pendingCount;
    },
    [Symbol.asyncDispose]: () => delivery[Symbol.asyncDispose](),
  };
}

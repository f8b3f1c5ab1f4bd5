import type { Logger } from "@kontor/kit/logger";
import { counterSignals } from "../config/configuration.ts";
import type { ConfigurationHolder } from "../config/configuration-holder.ts";
import { findLimitDefinition } from "../config/limit-keys.ts";
import { type DeadThreshold, findDeadThresholds } from "../rules/find-dead-thresholds.ts";
import { readCounterMetric } from "../signals/counter-signal.ts";
import type { SignalSource } from "../signals/signal-source.ts";
import type { Subject } from "../signals/subject.ts";
import type { Evaluation } from "./evaluation.ts";

export interface DeadThresholdsOptions {
  readonly holder: Pick<ConfigurationHolder, "current">;
  readonly evaluation: Pick<Evaluation, "judgements" | "ledger">;
  readonly source: Pick<SignalSource, "read">;
  readonly seenSubjects: () => readonly Subject[];
  readonly logger: Pick<Logger, "info" | "warn">;
}

/** Thresholds of the file that match nothing that was seen since the start. */
export interface DeadThresholds {
  /** Called at every tick. Tells the log once for a configuration, when it has had its first minutes of data. */
  note(atMs: number): Promise<void>;
  /** Whether a service has sent a counter since the start. */
  hasSent(service: string, metric: string): boolean;
  /** Whether the first minutes are over: before, much is not seen only because it is early. */
  readonly isSettled: boolean;
  /** By place in the file, at most 10 s old; none before the first minutes are over. */
  list(): readonly DeadThreshold[];
}

/** Every service has exported several times by then, whatever its interval, and people have begun to use it. */
export const settleMs = 300_000;
const everyMs = 10_000;
const counterWindowSeconds = 60;
const loggedMax = 30;

export function createDeadThresholds(options: DeadThresholdsOptions): DeadThresholds {
  const { holder, logger } = options;
  const counters = new Map<string, Set<string>>();
  /** When data came first, under the configuration with this hash. */
  let since: { readonly atMs: number; readonly hash: string } | undefined;
  let notedMs = 0;
  let toldHash: string | undefined;
  let isSettled = false;
  let dead: readonly DeadThreshold[] = [];

  const noteCounters = async (atMs: number): Promise<void> => {
    for (const signal of counterSignals(holder.current)) {
      const metric = readCounterMetric(signal) ?? "";
      const samples = await options.source.read(signal, counterWindowSeconds, atMs);
      for (const { subject } of samples.values()) {
        const known = counters.get(subject.service) ?? new Set();
        counters.set(subject.service, known.add(metric));
      }
    }
  };
  const find = (): DeadThreshold[] => {
    const { judgements, ledger } = options.evaluation;
    // An idle route is not a dead one: limits that rest on requests are left to their services and endpoints.
    const idle = judgements
      .map(({ rule }) => rule)
      .filter(({ key }) => findLimitDefinition(key)?.restsOnRequests === true);
    const pathsWithData = new Set([...ledger.pathsWithData, ...idle.map(({ path }) => path)]);
    return findDeadThresholds(holder.current, { subjects: options.seenSubjects(), pathsWithData, counters });
  };
  const tell = (): void => {
    const thresholds = dead.slice(0, loggedMax).map(({ path, line, message, suggestion }) => {
      const hint = suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
      return `line ${line}, ${path}: ${message}${hint}`;
    });
    if (dead.length === 0) logger.info({}, "every threshold of the configuration has data");
    else logger.warn({ count: dead.length, thresholds }, "thresholds of the configuration match nothing");
  };
  return {
    get isSettled() {
      return isSettled;
    },
    list: () => dead,
    hasSent: (service, metric) => counters.get(service)?.has(metric) ?? false,
    async note(atMs) {
      if (atMs >= notedMs && atMs - notedMs < everyMs) return;
      notedMs = atMs;
      const { hash } = holder.current;
      if (since?.hash !== hash && options.seenSubjects().length > 0) since = { atMs, hash };
      await noteCounters(atMs);
      isSettled = since !== undefined && since.hash === hash && atMs - since.atMs >= settleMs;
      dead = isSettled ? find() : [];
      if (!isSettled || toldHash === hash) return;
      toldHash = hash;
      tell();
    },
  };
}

import type { Configuration } from "../config/configuration.ts";
import type { RuleKindName } from "../rules/rule-kinds.ts";

/** Something of the observer that rules of Prometheus and Grafana cannot say, or say otherwise. */
export interface NotExportable {
  readonly what: string;
  readonly why: string;
}

/** Kinds of rules: undefined where one is exported whole. A new kind must say what becomes of it. */
const kinds: Readonly<Record<RuleKindName, string | undefined>> = { threshold: undefined };

/** What is the same for every configuration. */
const always: readonly NotExportable[] = [
  {
    what: "who is told",
    why: "the rules name no receiver: only the observer notifies, with grouping, silences, inhibition by dependsOn and severities of receivers",
  },
  {
    what: "exact counts",
    why: "rate() and increase() extrapolate to the ends of a window and begin a new series with its second point; the observer counts what was sent",
  },
  {
    what: "`clear` while an alert is recovering",
    why: "a value between `clear` and the limit begins keep_firing_for anew; in the observer it does not",
  },
  {
    what: "a breach that comes back while pending",
    why: "Prometheus starts the `for` clock anew; the observer goes on when the pause was no longer than `forSeconds`",
  },
  {
    what: "rates of a sender that has gone silent",
    why: "a rate shrinks while its window empties, so that CPU and garbage collection may look good before noData says that they are silent",
  },
  {
    what: "silence of more than an hour",
    why: "a firing alert is held for one hour without data, for five minutes where there was data for less than one; the observer holds it for as long as the file names the service",
  },
];

/**
 * Everything in which exported rules differ from the observer on the same data, for a person to read before relying on them.
 *
 * @returns never empty
 */
export function listNotExportable(configuration: Configuration): NotExportable[] {
  const ofKinds = Object.entries(kinds).flatMap(([kind, why]) =>
    why === undefined ? [] : [{ what: `rules of the kind ${kind}`, why }],
  );
  const polled = [...configuration.services.values()].filter(({ limits }) =>
    limits.some(({ key }) => key === "availabilityRatioMin"),
  );
  const ofPolls = {
    what: "polls of healthUrl",
    why: `availabilityRatioMin (${polled.map(({ name }) => name).join(", ")}) has data only where Prometheus scrapes the observer's /metrics`,
  };
  return [...ofKinds, ...(polled.length === 0 ? [] : [ofPolls]), ...always];
}

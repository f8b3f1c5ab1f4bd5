import type { Configuration } from "./configuration.ts";
import type { ConfigurationProblem } from "./problem.ts";
import type { ConfigurationReading } from "./read-configuration.ts";

export type ReloadOutcome =
  /** `changed` is false where the new file decides the same, whatever its formatting. */
  | { readonly ok: true; readonly changed: boolean; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/** The configuration in force. Readers take `current` once for each piece of work, so that a tick never sees two. */
export interface ConfigurationHolder {
  readonly current: Configuration;
  /** Problems of the last reload that was refused, until one succeeds; empty otherwise. */
  readonly rejected: readonly ConfigurationProblem[];
  /** Swaps only for a reading without a problem; otherwise the running configuration stays. */
  reload(reading: ConfigurationReading): ReloadOutcome;
}

export function createConfigurationHolder(initial: Configuration): ConfigurationHolder {
  let current = initial;
  let rejected: readonly ConfigurationProblem[] = [];
  return {
    get current() {
      return current;
    },
    get rejected() {
      return rejected;
    },
    reload(reading) {
      if (!reading.ok) {
        rejected = reading.problems;
        return reading;
      }
      const changed = reading.configuration.hash !== current.hash;
      current = reading.configuration;
      rejected = [];
      return { ok: true, changed, configuration: current };
    },
  };
}

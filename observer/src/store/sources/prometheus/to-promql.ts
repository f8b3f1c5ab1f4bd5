import type { CataloguedSignal } from "../../../signals/catalogue.ts";
import type { Reading } from "../../../signals/signal-definition.ts";
import type { SlowServices } from "../slow-services.ts";
import { type BranchContext, type PromqlBranch, serviceLabels } from "./branch.ts";
import { eventBranches } from "./event-branches.ts";
import { instanceBranches } from "./instance-branches.ts";
import { either, type Matcher, toAlternatives, toWindow } from "./promql.ts";

/** Labels of an answer by which its parts and its ways of reading are told apart. */
export const partLabel = "kontor_part";
export const branchLabel = "kontor_branch";

export interface CompiledPromql {
  /** ONE instant query that answers all parts of all branches for every series there is, by `partLabel` and `branchLabel`. */
  readonly query: string;
  /** In order of preference: a service is read by the first that has it, and never by two. Of the asked window. */
  readonly branches: readonly PromqlBranch[];
}

/**
 * A catalogued signal over a window as PromQL, for metrics that reached Prometheus over OTLP. Put the time of the tick into the
 * query's `time`.
 *
 * @param windowSeconds above 0
 * @param slow services that are read over a longer window, each in one entry at most
 */
export function toPromql(
  signal: CataloguedSignal,
  windowSeconds: number,
  slow: readonly SlowServices[] = [],
): CompiledPromql {
  const compile = (seconds: number, services: readonly Matcher[]) =>
    branchesOf({ signal, window: toWindow(seconds), services });
  const named = slow.flatMap(({ services }) => services);
  const others: Matcher[] = named.length === 0 ? [] : [["service_name", "!~", toAlternatives(named)]];
  const groups = [
    compile(windowSeconds, others),
    ...slow.map((group) =>
      compile(group.windowSeconds, [["service_name", "=~", toAlternatives(group.services)]]),
    ),
  ];
  const query = groups.flatMap((branches) => branches.flatMap(tagged)).join("\nor\n");
  return { query, branches: compile(windowSeconds, []) };
}

/**
 * One vector for one part, with the preference of branches written out, for those who cannot choose themselves: rules of Prometheus
 * and panels of Grafana.
 *
 * @param branches the first few are enough where it is known what services send
 */
export function preferring(branches: readonly PromqlBranch[], part: "value" | "count"): string {
  return either(
    branches.map((branch, index) => {
      const better = branches.slice(0, index).map(({ present }) => present);
      if (better.length === 0) return branch[part];
      return `(${branch[part]} unless on (${serviceLabels.join(", ")}) ${either(better)})`;
    }),
  );
}

function branchesOf(context: BranchContext): PromqlBranch[] {
  return context.signal.readings.flatMap((reading: Reading) =>
    reading.kind === "quantile" || reading.kind === "failureRatio" || reading.kind === "eventRate"
      ? eventBranches(reading, context)
      : instanceBranches(reading, context),
  );
}

function tagged({ parts }: PromqlBranch, index: number): string[] {
  return Object.entries(parts).map(
    ([part, vector]) =>
      `label_replace(label_replace(${vector}, "${partLabel}", "${part}", "", ""), "${branchLabel}", "${index}", "", "")`,
  );
}

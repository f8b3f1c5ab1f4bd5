import type { ResolvedLimit } from "../../config/configuration.ts";
import type { SubjectSelector } from "../limit-groups.ts";
import type { RecordedSignal } from "./recorded-signal.ts";
import { toMatcherTexts } from "./to-selector-text.ts";

/**
 * How far back a subject that has gone silent is still held. An hour is looked at minute by minute, which is cheap, and the last minutes
 * sample by sample: a subject may be younger than a minute.
 */
const heldFor = ["[5m]", "[1h:1m]"];

/**
 * Breaches of a limit, and what fires and has not been good since: between `clear` and `limit`, with too few requests or in silence a
 * firing alert goes on, as it does in the observer.
 *
 * @param identity labels of the rule, by which its own firing alerts are found in `ALERTS`
 */
export function toAlertExpression(
  recorded: RecordedSignal,
  limit: ResolvedLimit,
  selectors: readonly SubjectSelector[],
  identity: Readonly<Record<string, string>>,
): string {
  const { bound, restsOnRequests } = limit.definition;
  const [bad, good] = bound === "max" ? [">", "<="] : ["<", ">="];
  const enough = restsOnRequests ? ` and ${recorded.count} >= ${limit.minRequests}` : "";
  return [
    `${all(recorded.value, selectors, ` ${bad} ${limit.limit}`)}${enough}`,
    "or (",
    `  ${heard(recorded, selectors)}`,
    `    and on (${recorded.labels.join(", ")}) ${firing(identity)}`,
    `    unless (${all(recorded.value, selectors, ` ${good} ${limit.clear}`)}${enough})`,
    ")",
  ].join("\n");
}

/**
 * What was heard of within the hour and is silent now. What fires goes on firing in silence, and is not told of twice.
 *
 * @param identity labels of the rule whose silence it is
 */
export function toSilenceExpression(
  recorded: RecordedSignal,
  selectors: readonly SubjectSelector[],
  identity: Readonly<Record<string, string>>,
): string {
  const on = `unless on (${recorded.labels.join(", ")})`;
  return `${lastHeard(recorded, selectors)} ${on} ${recorded.value} ${on} ${firing(identity)}`;
}

/** The alerts of one rule that fire, as they were when rules were last evaluated. */
function firing(identity: Readonly<Record<string, string>>): string {
  const matchers = Object.entries({ ...identity, alertstate: "firing" }).map(
    ([label, value]) => `${label}=${JSON.stringify(value)}`,
  );
  return `ALERTS{${matchers.join(",")}}`;
}

/** The value now, or the last one of the hour. */
function heard(recorded: RecordedSignal, selectors: readonly SubjectSelector[]): string {
  return `(${all(recorded.value, selectors, "")} or ${lastHeard(recorded, selectors)})`;
}

function lastHeard({ value }: RecordedSignal, selectors: readonly SubjectSelector[]): string {
  return `(${heldFor.map((range) => all(value, selectors, range, "last_over_time")).join(" or ")})`;
}

/** A series of all selectors, each with what comes after it. */
function all(series: string, selectors: readonly SubjectSelector[], after: string, function_ = ""): string {
  const terms = selectors.map((selector) => {
    const matchers = toMatcherTexts(selector).join(",");
    const term = `${series}${matchers === "" ? "" : `{${matchers}}`}${after}`;
    return function_ === "" ? term : `${function_}(${term})`;
  });
  return terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" or ")})`;
}

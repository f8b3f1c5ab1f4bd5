import { AppError } from "@kontor/kit/errors";
import type { AlertLabels } from "./alert-labels.ts";
import { toSafePattern } from "./safe-pattern.ts";

/** One condition on one label, with Alertmanager's four operators: `=`, `!=`, `=~`, `!~`. A label that is missing is empty. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

/**
 * Compiles a list of conditions into one test: all must hold. No conditions hold for everything.
 *
 * @throws AppError `silences.bad_pattern`
 */
export function compileMatchers(matchers: readonly Matcher[]): (labels: AlertLabels) => boolean {
  const tests = matchers.map(compileMatcher);
  return (labels) => tests.every((test) => test(labels));
}

function compileMatcher({ name, value, isRegex, isEqual }: Matcher): (labels: AlertLabels) => boolean {
  const pattern = isRegex ? toSafePattern(value) : undefined;
  const holds = (text: string) => (pattern === undefined ? text === value : pattern.test(text));
  return (labels) => holds(labels[name] ?? "") === isEqual;
}

const operators = {
  "=": { isRegex: false, isEqual: true },
  "!=": { isRegex: false, isEqual: false },
  "=~": { isRegex: true, isEqual: true },
  "!~": { isRegex: true, isEqual: false },
} as const;

/**
 * Reads `service=~"core-.*"` as amtool and the query parameter `filter` write it; the quotes may be left out, and braces may
 * stand around.
 *
 * @throws AppError `silences.bad_matcher`
 */
export function parseMatcher(text: string): Matcher {
  const match =
    /^\s*\{?\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|((?![=~])[^"\s}]*))\s*\}?\s*$/s.exec(
      text,
    );
  const [, name, operator, quoted, bare] = match ?? [];
  if (name === undefined || operator === undefined) {
    throw new AppError(
      "invalid",
      "silences.bad_matcher",
      `\`${text.slice(0, 100)}\` is no matcher: write a label, one of = != =~ !~ and a value, as in service=~"core-.*"`,
    );
  }
  const value =
    quoted === undefined ? (bare ?? "") : quoted.replace(/\\(["\\n])/g, (_all, c) => (c === "n" ? "\n" : c));
  return { name, value, ...operators[operator as keyof typeof operators] };
}

import type { Position } from "./configuration.ts";

/** One mistake in `observer_config.json`, with all that is needed to mend it. */
export interface ConfigurationProblem extends Position {
  /** `services.core-erp.latencyP95MsMax`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What stands there, as JSON, cut at 80 characters; undefined where something is missing. */
  readonly given: string | undefined;
  /** What may stand there. */
  readonly allowed: string;
  /** The nearest valid name or form, where one is near. */
  readonly suggestion: string | undefined;
}

export type PathPart = string | number;

/** The path as people write it; parts that are no plain names stand in brackets. */
export function formatPath(parts: readonly PathPart[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === "number") return `${path}[${part}]`;
    if (!/^[\w$-]+$/.test(part)) return `${path}[${JSON.stringify(part)}]`;
    return path === "" ? part : `${path}.${part}`;
  }, "");
}

/** One line per fact, the place first so that a terminal makes it a link. */
export function formatProblem(file: string, problem: ConfigurationProblem): string {
  const lines = [
    `${file}:${problem.line}:${problem.column} ${problem.path === "" ? "" : `${problem.path}: `}${problem.message}`,
  ];
  if (problem.given !== undefined) lines.push(`  given:   ${problem.given}`);
  lines.push(`  allowed: ${problem.allowed}`);
  if (problem.suggestion !== undefined) lines.push(`  did you mean ${problem.suggestion}?`);
  return lines.join("\n");
}

const givenLengthMax = 80;

export function describeGiven(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > givenLengthMax ? `${text.slice(0, givenLengthMax)}...` : text;
}

/** By place in the file, so that the first one shown is the first one met. */
export function sortProblems(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

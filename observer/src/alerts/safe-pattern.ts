import { AppError } from "@kontor/kit/errors";

const PATTERN_LENGTH_MAX = 500;
const UNBOUNDED_REPEATS_MAX = 3;

/**
 * A regular expression from outside, anchored at both ends as Alertmanager does it.
 *
 * JavaScript's engine backtracks, so what could take it long is refused: repeated groups, more than three unbounded repeats,
 * backreferences and lookaround. Label values are short, which bounds the rest.
 *
 * @throws AppError `silences.bad_pattern` that names what is not allowed
 */
export function toSafePattern(source: string): RegExp {
  const ignoresCase = source.startsWith("(?i)");
  const pattern = ignoresCase ? source.slice("(?i)".length) : source;
  const refusal = findRefusal(pattern);
  if (refusal !== undefined) throw badPattern(source, refusal);
  try {
    return new RegExp(`^(?:${pattern})$`, ignoresCase ? "isu" : "su");
  } catch (cause) {
    throw badPattern(source, cause instanceof Error ? cause.message : "it cannot be read", cause);
  }
}

function findRefusal(pattern: string): string | undefined {
  if (pattern.length > PATTERN_LENGTH_MAX) return `it is longer than ${PATTERN_LENGTH_MAX} characters`;
  // Escapes and character classes hold no operators: what is left after them can be searched as text.
  const bare = pattern
    .replace(/\\[1-9k]/g, "\u0001")
    .replace(/\\./gs, "_")
    .replace(/\[[^\]]*\]/g, "_");
  if (bare.includes("\u0001")) return "a backreference is not allowed";
  if (/\(\?(?!:)/.test(bare)) return "of the groups that begin with `(?` only `(?:` is allowed";
  if (/\)[*+{]/.test(bare)) return "a group cannot be repeated";
  const repeats = bare.match(/[*+]|\{\d+,?\d*\}/g)?.length ?? 0;
  if (repeats > UNBOUNDED_REPEATS_MAX) return `more than ${UNBOUNDED_REPEATS_MAX} repeats are not allowed`;
  return undefined;
}

function badPattern(source: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    "invalid",
    "silences.bad_pattern",
    `the pattern \`${source.slice(0, 100)}\` cannot be used: ${reason}`,
    {
      cause,
    },
  );
}

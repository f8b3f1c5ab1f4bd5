import { type ParseError, printParseErrorCode } from "jsonc-parser";
import type { Position } from "./configuration.ts";
import type { ConfigurationProblem } from "./problem.ts";

/** Why a text is not JSON. What the parser stumbles over after a common slip is only its consequence and is left out. */
export function toSyntaxProblems(
  source: string,
  errors: readonly ParseError[],
  toPosition: (offset: number) => Position,
): ConfigurationProblem[] {
  if (errors.length === 0) return [];
  if (source.includes("\u0000")) return [toNotUtf8(toPosition(0))];
  const byOffset = new Map<number, ConfigurationProblem>();
  for (const error of errors) {
    const comma = findTrailingComma(source, error.offset);
    const offset = comma ?? error.offset;
    if (byOffset.has(offset)) continue;
    if (comma !== undefined) byOffset.set(offset, toTrailingComma(source, comma, toPosition(comma)));
    else if (source[offset] === "'") return [...byOffset.values(), toSingleQuote(toPosition(offset))];
    else byOffset.set(offset, toSyntaxProblem(source, error, toPosition(offset)));
  }
  return [...byOffset.values()];
}

/** Where the comma before a closing bracket stands, if that is what the parser stumbled over. */
function findTrailingComma(source: string, offset: number): number | undefined {
  if (source[offset] !== "}" && source[offset] !== "]") return undefined;
  const before = source.slice(0, offset).trimEnd().length - 1;
  return source[before] === "," ? before : undefined;
}

function toTrailingComma(source: string, offset: number, position: Position): ConfigurationProblem {
  const bracket = source.slice(offset + 1).trimStart()[0];
  return {
    ...{ ...position, path: "", message: "not JSON: a comma after the last entry; remove the comma" },
    ...{ given: ",", allowed: `${bracket} right after the last entry`, suggestion: undefined },
  };
}

function toSingleQuote(position: Position): ConfigurationProblem {
  return {
    ...{ ...position, path: "", message: "not JSON: single quotes", given: "'" },
    ...{ allowed: 'double quotes around every name and text: "defaults"', suggestion: undefined },
  };
}

function toNotUtf8(position: Position): ConfigurationProblem {
  return {
    ...{ ...position, path: "", message: "the file is not UTF-8, it looks like UTF-16", given: undefined },
    ...{ allowed: "a file that is saved as UTF-8", suggestion: undefined },
  };
}

function toSyntaxProblem(source: string, error: ParseError, position: Position): ConfigurationProblem {
  const code = printParseErrorCode(error.error);
  const comment = code === "InvalidCommentToken";
  const words = code.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return {
    ...position,
    path: "",
    message: comment ? "comments are not JSON" : `not JSON: ${words}`,
    given:
      error.offset < source.length
        ? source.slice(error.offset, error.offset + Math.max(error.length, 1))
        : "the end of the file",
    allowed: comment
      ? "JSON without comments; `docs/configuration.md` explains every key"
      : "JSON as in RFC 8259",
    suggestion: undefined,
  };
}

import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Position } from "./configuration.ts";
import { type ConfigurationProblem, formatPath, type PathPart } from "./problem.ts";

/** A JSON text with the place of everything in it. */
export interface JsonDocument {
  readonly value: unknown;
  /** Syntax errors and keys that stand twice. `value` is of no use where there are any. */
  readonly problems: readonly ConfigurationProblem[];
  /** Where the value at a path stands; where it is missing, its nearest parent. */
  positionOf(path: readonly PathPart[]): Position;
  /** Where the name of the last part of the path stands. */
  keyPositionOf(path: readonly PathPart[]): Position;
}

/** JSON as RFC 8259 has it: no comments, no trailing commas. A byte order mark is passed over. */
export function readJsonDocument(text: string): JsonDocument {
  const source = text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
  const tooDeepAt = findTooDeep(source);
  const errors: ParseError[] = [];
  const root =
    tooDeepAt !== undefined
      ? undefined
      : parseTree(source, errors, {
          disallowComments: true,
          allowTrailingComma: false,
          allowEmptyContent: false,
        });
  const lineStarts = startsOfLines(source);
  const toPosition = (offset: number) => positionAt(lineStarts, offset);

  function nodeAt(path: readonly PathPart[]): Node | undefined {
    for (let length = path.length; root !== undefined && length >= 0; length--) {
      const node = findNodeAtLocation(root, path.slice(0, length));
      if (node !== undefined) return node;
    }
    return root;
  }

  const problems =
    tooDeepAt !== undefined
      ? [toDepthProblem(toPosition(tooDeepAt))]
      : errors.length > 0
        ? errors.map((error) => toSyntaxProblem(source, error, toPosition(error.offset)))
        : findWrongKeys(root, toPosition);
  return {
    value: root === undefined ? undefined : getNodeValue(root),
    problems,
    positionOf: (path) => toPosition(nodeAt(path)?.offset ?? 0),
    keyPositionOf(path) {
      const node = nodeAt(path);
      const key = node?.parent?.type === "property" ? node.parent.children?.[0] : undefined;
      return toPosition((key ?? node)?.offset ?? 0);
    },
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

/** The parser recurses, so depth is bounded before it. No valid file is deeper than six. */
const depthMax = 32;

function findTooDeep(source: string): number | undefined {
  let depth = 0;
  let insideText = false;
  for (let index = 0; index < source.length; index++) {
    const character = source[index];
    if (insideText && character === "\\") index++;
    else if (character === '"') insideText = !insideText;
    else if (!insideText && (character === "{" || character === "[")) depth++;
    else if (!insideText && (character === "}" || character === "]")) depth--;
    if (depth > depthMax) return index;
  }
  return undefined;
}

function toDepthProblem(position: Position): ConfigurationProblem {
  const message = "nested too deeply";
  return {
    ...position,
    path: "",
    message,
    given: undefined,
    allowed: `at most ${depthMax} levels`,
    suggestion: undefined,
  };
}

/** Keys that stand twice, and the one name that JavaScript would not keep as a key. */
function findWrongKeys(
  root: Node | undefined,
  toPosition: (offset: number) => Position,
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const visit = (node: Node, path: readonly PathPart[]): void => {
    if (node.type === "array")
      for (const [index, child] of (node.children ?? []).entries()) visit(child, [...path, index]);
    if (node.type !== "object") return;
    const first = new Map<string, Position>();
    for (const property of node.children ?? []) {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      const before = first.get(name);
      const position = toPosition(key.offset);
      const wrong = {
        ...position,
        path: formatPath([...path, name]),
        given: JSON.stringify(name),
        suggestion: undefined,
      };
      if (name === "__proto__")
        problems.push({ ...wrong, message: "cannot be a name", allowed: "any other name" });
      else if (before === undefined) first.set(name, position);
      else
        problems.push({
          ...wrong,
          message: `stands twice, first in line ${before.line}`,
          allowed: "each key once",
        });
      visit(value, [...path, name]);
    }
  };
  if (root !== undefined) visit(root, []);
  return problems;
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let index = text.indexOf("\n"); index >= 0; index = text.indexOf("\n", index + 1))
    starts.push(index + 1);
  return starts;
}

function positionAt(lineStarts: readonly number[], offset: number): Position {
  let line = lineStarts.findLastIndex((start) => start <= offset);
  if (line < 0) line = 0;
  return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
}

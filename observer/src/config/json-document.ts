import { getNodeValue, type Node, type ParseError, parseTree } from "jsonc-parser";
import type { Position } from "./configuration.ts";
import { type ConfigurationProblem, formatPath, type PathPart } from "./problem.ts";
import { toSyntaxProblems } from "./syntax-problems.ts";

/** A JSON text with the place of everything in it. */
export interface JsonDocument {
  readonly value: unknown;
  /** Why it is not JSON. `value` is of no use where there are any. */
  readonly problems: readonly ConfigurationProblem[];
  /** Keys that stand twice, of which `value` has the last, and names that cannot be one. */
  readonly wrongKeys: readonly ConfigurationProblem[];
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
  const propertiesOf = createPropertyIndex();

  function nodeAt(path: readonly PathPart[]): Node | undefined {
    for (let length = path.length; root !== undefined && length >= 0; length--) {
      const node = find(path.slice(0, length));
      if (node !== undefined) return node;
    }
    return root;
  }

  function find(path: readonly PathPart[]): Node | undefined {
    let node = root;
    for (const part of path) {
      if (node === undefined) return undefined;
      node = typeof part === "number" ? node.children?.[part] : propertiesOf(node).get(part);
    }
    return node;
  }

  const problems =
    tooDeepAt !== undefined
      ? [toDepthProblem(toPosition(tooDeepAt))]
      : toSyntaxProblems(source, errors, toPosition);
  return {
    value: root === undefined ? undefined : getNodeValue(root),
    problems,
    wrongKeys: problems.length > 0 ? [] : findWrongKeys(root, toPosition),
    positionOf: (path) => toPosition(nodeAt(path)?.offset ?? 0),
    keyPositionOf(path) {
      const node = nodeAt(path);
      const key = node?.parent?.type === "property" ? node.parent.children?.[0] : undefined;
      return toPosition((key ?? node)?.offset ?? 0);
    },
  };
}

/** The values of an object by key, the first where one stands twice. Kept, for a file may have 20,000 services. */
function createPropertyIndex(): (node: Node) => ReadonlyMap<string, Node> {
  const known = new Map<Node, Map<string, Node>>();
  return (node) => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const values = new Map<string, Node>();
    for (const { children = [] } of node.type === "object" ? (node.children ?? []) : []) {
      const [key, value] = children;
      if (key !== undefined && value !== undefined && !values.has(key.value)) values.set(key.value, value);
    }
    known.set(node, values);
    return values;
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
  let line = 0;
  for (let end = lineStarts.length; end - line > 1; ) {
    const middle = (line + end) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) line = middle;
    else end = middle;
  }
  return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
}

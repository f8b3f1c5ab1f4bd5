import { placeOf, type SourceFile, withoutComments } from "./repository-files.ts";

export type RaisedCode = { kind: string; code: string; place: string };

/** Every `new AppError("kind", "code"` and `new SignalSourceError("code"` of the sources. */
export function findRaisedCodes(files: readonly SourceFile[]): RaisedCode[] {
  const raised = /new (?:AppError\(\s*(?:"(\w+)"|[^,"]+),|SignalSourceError\()\s*"([a-z0-9_.]+)"/g;
  return files.flatMap((file) =>
    [...withoutComments(file.text).matchAll(raised)].map((match) => ({
      kind: match[1] ?? "",
      code: match[2] ?? "",
      place: placeOf(file, match.index),
    })),
  );
}

/** Code and status of each row of docs/errors.md; the status is a number, or a word such as `start`. */
export function readDocumentedCodes(markdown: string): Map<string, string> {
  const row = /^\| `([a-z0-9_.]+)` \| ([^|]+) \|/gm;
  return new Map([...markdown.matchAll(row)].map((match) => [match[1] ?? "", (match[2] ?? "").trim()]));
}

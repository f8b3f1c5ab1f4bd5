import { readFile } from "node:fs/promises";

/**
 * What a program said before it ended: the messages of its last fatal or error lines, else its last lines as they are.
 *
 * @param path of its log; one that cannot be read gives an empty text
 */
export async function readLastWords(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.trimEnd().split("\n").slice(-40);
  const errors = lines.flatMap(readErrorMessage);
  return (errors.length > 0 ? errors.slice(-1) : lines.slice(-12)).join("\n");
}

function readErrorMessage(line: string): string[] {
  try {
    const { level, msg } = JSON.parse(line) as { level?: string; msg?: string };
    return (level === "fatal" || level === "error") && msg !== undefined ? [msg] : [];
  } catch {
    return [];
  }
}

import { expect, it } from "vitest";
import { readFiles } from "./checks/repository-files.ts";

const lines = (text: string): number => text.trimEnd().split("\n").length;

it("no file is longer than 300 lines, no test longer than 400", () => {
  const files = readFiles(/^(services|observer|perf|scripts)\/.*\.(ts|tsx|mjs)$|^[^/]+\.ts$/);
  const tooLong = files
    .filter(({ path }) => !path.includes(".gen."))
    .map(({ path, text }) => ({
      path,
      lines: lines(text),
      limit: /\.test\.|\/test\//.test(path) ? 400 : 300,
    }))
    .filter((file) => file.lines > file.limit);
  expect(tooLong).toEqual([]);
});

it("ARCHITECTURE.md is shorter than 200 lines", () => {
  for (const { text } of readFiles(/^ARCHITECTURE\.md$/)) expect(lines(text)).toBeLessThan(200);
});

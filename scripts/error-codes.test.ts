import { AppError, type AppErrorKind } from "@kontor/kit/errors";
import { describe, expect, it } from "vitest";
import { findRaisedCodes, readDocumentedCodes } from "./checks/error-codes.ts";
import { readFile, readFiles } from "./checks/repository-files.ts";

const sources = readFiles(/^((services|observer|perf)\/.*src\/|scripts\/(?!test\/)).*(?<!\.test)\.ts$/);
const raised = findRaisedCodes(sources);
const documented = readDocumentedCodes(readFile("docs/errors.md"));

describe("docs/errors.md", () => {
  it("lists every code that the sources raise", () => {
    expect(
      raised.filter(({ code }) => !documented.has(code)).map(({ code, place }) => `${code} (${place})`),
    ).toEqual([]);
  });

  it("lists no code that nothing raises", () => {
    const everything = sources.map(({ text }) => text).join("\n");
    expect([...documented.keys()].filter((code) => !everything.includes(`"${code}"`))).toEqual([]);
  });

  it("gives each code the status it is answered with", () => {
    const wrong = raised.filter(({ kind, code }) => {
      const status = documented.get(code) ?? "";
      if (kind === "" || !/\d/.test(status)) return false;
      return !status.split(/[^\d]+/).includes(String(new AppError(kind as AppErrorKind, code, "").status));
    });
    expect(wrong).toEqual([]);
  });

  it("is really compared with the sources", () => {
    expect(raised.length).toBeGreaterThan(10);
    const text =
      'throw new AppError(\n  "conflict",\n  "orders.already_shipped",\n  "m");\n// new AppError("a", "b.c"';
    expect(findRaisedCodes([{ path: "a.ts", text }])).toEqual([
      { kind: "conflict", code: "orders.already_shipped", place: "a.ts:1" },
    ]);
  });
});

import { spawn } from "node:child_process";
import { loadavg } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type BenchResult, benchRow, toExitCode } from "./bench/bench-row.ts";
import { toBenchTable } from "./bench/to-bench-table.ts";
import { listFiles } from "./checks/repository-files.ts";
import { repository } from "./starter/install.mjs";

const help = `npm run bench [-- <name>... --json]

Runs the benchmarks whose names are given, or all: ${benchFiles().map(toName).join(", ")}.
Exit codes: 0 all measured and met, 1 a target is missed, 3 something, or a rival, could not be measured.`;

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return console.log(help);
  const names = args.filter((arg) => !arg.startsWith("-"));
  const files = benchFiles().filter((path) => names.length === 0 || names.includes(toName(path)));
  const unknown = names.filter((name) => !files.some((path) => toName(path) === name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(", ")}.\n${help}`);
    process.exitCode = 2;
    return;
  }
  const results: BenchResult[] = [];
  for (const path of files) {
    // Figures of a busy machine say little without it.
    console.error(`${toName(path)} at a load average of ${loadavg()[0]?.toFixed(1)} ...`);
    results.push(await runModule(path));
  }
  console.log(args.includes("--json") ? JSON.stringify({ results }, null, 2) : `\n${toBenchTable(results)}`);
  process.exitCode = toExitCode(results);
}

function benchFiles(): string[] {
  return listFiles().filter((path) => path.endsWith(".bench.ts"));
}

function toName(path: string): string {
  return basename(path, ".bench.ts");
}

function runModule(path: string): Promise<BenchResult> {
  const bench = toName(path);
  const runner = fileURLToPath(new URL("bench/run-module.ts", import.meta.url));
  return new Promise((resolve) => {
    // Progress of a benchmark goes to standard error: standard output is the result alone.
    const child = spawn(process.execPath, [runner, join(repository, path)], {
      stdio: ["ignore", 2, 2, "ipc"],
    });
    const stop = (): void => void child.kill("SIGTERM");
    process.once("SIGINT", stop).once("SIGTERM", stop).once("disconnect", stop);
    let answer: unknown;
    child.once("message", (message) => {
      answer = message;
    });
    child.once("close", (code) => {
      process.off("SIGINT", stop).off("SIGTERM", stop).off("disconnect", stop);
      const rows = z.array(benchRow).safeParse(answer);
      if (rows.success) resolve({ bench, rows: rows.data });
      else resolve({ bench, rows: [], error: code === 0 ? rows.error.message : `exit code ${code}` });
    });
  });
}

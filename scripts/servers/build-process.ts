import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { AppError } from "@kontor/kit/errors";

export type BuildStep = {
  program: string;
  args: readonly string[];
  cwd: string;
  environment?: Readonly<Record<string, string>>;
};

/** Runs the steps of one build, one after the other, with everything they print in one log. */
export type BuildProcess = {
  /** @throws AppError `servers.build` with the end of what was printed */
  run(step: BuildStep): Promise<void>;
  /** Lines printed so far; with `go build -v` about one for each package. */
  lines(): number;
};

/** @param logFile is begun anew */
export function openBuildProcess(logFile: string, signal: AbortSignal): BuildProcess {
  const log = createWriteStream(logFile);
  let lines = 0;
  return {
    lines: () => lines,
    async run({ program, args, cwd, environment }) {
      log.write(`$ ${program} ${args.join(" ")}\n`);
      const code = await new Promise<number | string>((resolve, reject) => {
        const child = spawn(program, args, {
          cwd,
          env: { ...process.env, ...environment },
          stdio: ["ignore", "pipe", "pipe"],
          signal,
        });
        // Whoever works on this machine meanwhile goes first.
        if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
        for (const stream of [child.stdout, child.stderr]) {
          createInterface({ input: stream }).on("line", (line) => {
            lines += 1;
            log.write(`${line}\n`);
          });
        }
        child.once("error", reject);
        child.once("close", (exitCode, endSignal) => resolve(exitCode ?? endSignal ?? ""));
      });
      if (code !== 0) throw failed(logFile, code, await readEnd(logFile));
    },
  };
}

function failed(logFile: string, code: number | string, end: string): AppError {
  return new AppError(
    "unavailable",
    "servers.build",
    `ended with ${code}:\n${end}\nAll it printed: ${logFile}`,
  );
}

async function readEnd(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  // Packages that were done beside the one that failed are told by their name alone.
  const told = text.split("\n").filter((line) => /\S\s+\S/.test(line));
  return told.slice(-8).join("\n");
}

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";

const ready = z.object({
  event: z.literal("ready"),
  isNew: z.boolean(),
  urls: z.record(z.string(), z.string()),
  processes: z.array(z.object({ name: z.string(), pid: z.number() })),
});

export type Ready = z.infer<typeof ready>;

export type StartProcess = {
  pid: number;
  /** Rejects with what was printed when it ends before it is ready. */
  ready: Promise<Ready>;
  ended: Promise<{ code: number | null; printed: string }>;
  send(signal: NodeJS.Signals): void;
};

/**
 * Runs a command that is `kontor start --json` in the end, as a person would.
 *
 * @param environment the whole of it
 */
export function spawnStart(
  command: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv,
): StartProcess {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const printed: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  const isReady = new Promise<Ready>((resolve, reject) => {
    lines.on("line", (line) => {
      printed.push(`${line}\n`);
      const parsed = ready.safeParse(parse(line));
      if (parsed.success) resolve(parsed.data);
    });
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`ended with ${code}:\n${printed.join("")}`)));
  });
  // Whoever waits for the end alone does not look at it.
  isReady.catch(() => {});
  const ended = new Promise<{ code: number | null; printed: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, printed: printed.join("") }));
  });
  return { pid: child.pid ?? 0, ready: isReady, ended, send: (signal) => void child.kill(signal) };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { repository } from "../../starter/install.mjs";

const ready = z.object({
  event: z.literal("ready"),
  isNew: z.boolean(),
  urls: z.record(z.string(), z.string()),
  processes: z.array(z.object({ name: z.string(), pid: z.number() })),
});

export type Ready = z.infer<typeof ready>;

export type KontorProcess = {
  pid: number;
  /** Rejects with what was printed when it ends before it is ready. */
  ready: Promise<Ready>;
  ended: Promise<{ code: number | null; printed: string }>;
  send(signal: NodeJS.Signals): void;
};

/** `kontor start` as its own process group, so that a test signals it alone, as a terminal's owner would. */
export function spawnKontor(args: readonly string[], environment: NodeJS.ProcessEnv = {}): KontorProcess {
  const command = [join(repository, "scripts/kontor.mjs"), ...args];
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  let settle = { resolve: (_: Ready) => {}, reject: (_: Error) => {} };
  const isReady = new Promise<Ready>((resolve, reject) => {
    settle = { resolve, reject };
  });
  isReady.catch(() => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    printed += `${line}\n`;
    const parsed = ready.safeParse(JSON.parse(line));
    if (parsed.success) settle.resolve(parsed.data);
  });
  const ended = new Promise<{ code: number | null; printed: string }>((resolve) => {
    child.once("close", (code) => {
      settle.reject(new Error(`ended with ${code}:\n${printed}`));
      resolve({ code, printed });
    });
  });
  return { pid: child.pid ?? 0, ready: isReady, ended, send: (signal) => void child.kill(signal) };
}

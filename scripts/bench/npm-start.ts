import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";

const ready = z.object({
  event: z.literal("ready"),
  startupMs: z.number(),
  urls: z.record(z.string(), z.string()),
  processes: z.array(z.object({ name: z.string(), pid: z.number().optional() })),
});

export type NpmStart = AsyncDisposable & {
  pid: number;
  /** From the command to its word that everything is up. */
  seconds: number;
  ready: z.infer<typeof ready>;
};

/**
 * Runs `npm start` as a person would, on free ports, and waits until it says that it is ready. Disposing is Ctrl-C.
 *
 * @param folder root of the repository to start
 * @param environment the whole environment of the command
 * @throws when it ends without being ready; the error holds what it printed
 */
export async function openNpmStart(
  folder: string,
  dataDir: string,
  environment: NodeJS.ProcessEnv,
): Promise<NpmStart> {
  const startedAt = performance.now();
  const args = ["start", "--silent", "--", "--ports", "free", "--json", "--data", dataDir];
  const child = spawn("npm", args, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const printed: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = ready.safeParse(parse(line));
    if (!parsed.success) {
      printed.push(`${line}\n`);
      continue;
    }
    // Nobody reads on; what comes must not fill the pipe.
    child.stdout.resume();
    return {
      pid: child.pid ?? 0,
      seconds: (performance.now() - startedAt) / 1000,
      ready: parsed.data,
      async [Symbol.asyncDispose]() {
        child.kill("SIGINT");
        await ended;
      },
    };
  }
  throw new Error(`npm start ended before it was ready:\n${printed.slice(-30).join("")}`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

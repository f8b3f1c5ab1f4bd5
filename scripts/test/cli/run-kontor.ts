import { execFile } from "node:child_process";
import { join } from "node:path";
import { repository } from "../../starter/install.mjs";

export type Answer = { code: number; out: string; err: string };

/** Runs `kontor` to its end, with nothing of the tester's own environment but PATH. */
export function runKontor(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Answer> {
  const script = join(repository, "scripts/kontor.ts");
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

import { spawn } from "node:child_process";
import { repository } from "../starter/install.mjs";

/**
 * Runs a script of Node in the root of the repository, with its output shown. A signal to us is handed on.
 *
 * @returns its exit code; 1 when it was ended by a signal
 */
export function runStep(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: repository, stdio: "inherit" });
    const stop = (): void => void child.kill("SIGTERM");
    process.once("SIGTERM", stop).once("SIGINT", stop).once("disconnect", stop);
    child.once("error", reject);
    child.once("close", (code) => {
      process.off("SIGTERM", stop).off("SIGINT", stop).off("disconnect", stop);
      resolve(code ?? 1);
    });
  });
}
